// The tables this stand-in has, of Dataverse and of Finance & Operations. Only columns that flows use; names and codes
// are those of the products' common data model. new_payment and new_subscription are the custom tables that a customer
// adds for payments and subscriptions.
import { number } from "../lib/json.ts";
import type { Column } from "./columns.ts";
import type { TableShape } from "./table.ts";

const text = (max: number): Column => ({ type: "text", max });
const money: Column = { type: "decimal", min: -922_337_203_685_477, max: 922_337_203_685_477 };
const decimal: Column = { type: "decimal" };
const moment: Column = { type: "moment" };
const date: Column = { type: "date" };
const integer: Column = { type: "integer" };
const boolean: Column = { type: "boolean" };
const choice = (...values: number[]): Column => ({ type: "choice", values });
const names = (...values: string[]): Column => ({ type: "enum", values });
const lookup = (to: string, ...binds: string[]): Column => ({ type: "lookup", to, binds });

export const dataverseTables: readonly TableShape[] = [
  {
    set: "accounts", logical: "account", id: "accountid", keys: [["accountnumber"]],
    columns: {
      name: text(160), accountnumber: text(20), emailaddress1: text(100), telephone1: text(50), creditlimit: money,
      creditonhold: boolean, paymenttermscode: choice(1, 2, 3, 4), address1_line1: text(250), address1_line2: text(250),
      address1_city: text(80), address1_stateorprovince: text(50), address1_postalcode: text(20),
      address1_country: text(80), description: text(2000), statecode: choice(0, 1), statuscode: choice(1, 2),
      new_paytracedigest: text(32), new_paytracesync: text(20),
    },
    defaults: { statecode: number(0), statuscode: number(1) },
  },
  {
    set: "transactioncurrencies", logical: "transactioncurrency", id: "transactioncurrencyid",
    keys: [["isocurrencycode"]],
    columns: { isocurrencycode: text(5), currencyname: text(100), currencyprecision: integer, exchangerate: decimal },
  },
  {
    set: "contacts", logical: "contact", id: "contactid", keys: [["emailaddress1"]],
    columns: {
      firstname: text(50), lastname: text(50), emailaddress1: text(100), telephone1: text(50),
      parentcustomerid: lookup("accounts", "parentcustomerid_account"),
    },
  },
  {
    set: "salesorders", logical: "salesorder", id: "salesorderid", keys: [["ordernumber"]],
    columns: {
      name: text(300), ordernumber: text(100), totalamount: money, totaltax: money, freightamount: money,
      discountamount: money, datefulfilled: date, submitdate: date, statecode: choice(0, 1, 2, 3, 4),
      statuscode: choice(1, 2, 3, 4, 100001, 100002, 100003), customerid: lookup("accounts", "customerid_account"),
    },
    defaults: { statecode: number(0), statuscode: number(1) },
  },
  {
    set: "invoices", logical: "invoice", id: "invoiceid", keys: [["invoicenumber"]],
    columns: {
      name: text(300), invoicenumber: text(100), totalamount: money, duedate: date, datedelivered: date,
      description: text(2000), statecode: choice(0, 1, 2, 3),
      statuscode: choice(1, 2, 4, 5, 6, 7, 100001, 100002, 100003),
      customerid: lookup("accounts", "customerid_account"), salesorderid: lookup("salesorders", "salesorderid"),
      transactioncurrencyid: lookup("transactioncurrencies", "transactioncurrencyid"),
      new_paymentstatus: text(20), new_paymentrun: text(40), new_paytracetransactionid: text(100),
      new_paymenthold: boolean, new_riskscore: decimal, new_riskreason: text(200),
    },
    defaults: { statecode: number(0), statuscode: number(1) },
  },
  {
    set: "annotations", logical: "annotation", id: "annotationid", keys: [],
    columns: {
      subject: text(500), notetext: text(100_000),
      objectid: lookup("invoices", "objectid_invoice", "objectid_account", "objectid_salesorder"),
    },
  },
  {
    set: "tasks", logical: "task", id: "activityid", keys: [],
    columns: {
      subject: text(200), description: text(2000), scheduledend: moment, prioritycode: choice(0, 1, 2),
      regardingobjectid: lookup("invoices", "regardingobjectid_invoice_task"),
    },
  },
  {
    set: "incidents", logical: "incident", id: "incidentid", keys: [],
    columns: {
      title: text(200), description: text(2000), caseorigincode: integer, prioritycode: choice(1, 2, 3),
      customerid: lookup("accounts", "customerid_account"),
    },
  },
  {
    set: "new_payments", logical: "new_payment", id: "new_paymentid", keys: [["new_paytracetransactionid"]],
    columns: {
      new_paytracetransactionid: text(100), new_name: text(100), new_amount: decimal, new_currency: text(3),
      new_paymentdate: date, new_paidon: moment, new_glaccount: text(50), new_paymentmethod: text(50),
      new_paymentmethodtype: text(50), new_transactiontype: text(20), new_type: text(20), new_direction: text(20),
      new_status: text(50), new_customerid: text(50), new_orderid: text(100), new_invoicenumber: text(100),
      new_processorresponsecode: text(20), new_description: text(2000), new_idempotencykey: text(64),
      new_settlementdate: date, new_refundrequest: text(20), new_refundamount: decimal, new_refundrun: text(40),
      new_originaltransactionid: text(100),
      new_invoiceid: lookup("invoices", "new_InvoiceId", "new_invoiceid", "new_invoice"),
      new_accountid: lookup("accounts", "new_AccountId", "new_accountid", "new_account"),
    },
  },
  {
    set: "new_subscriptions", logical: "new_subscription", id: "new_subscriptionid", keys: [["new_number"]],
    columns: {
      new_number: text(50), new_name: text(100), new_customerid: text(50), new_email: text(100), new_amount: decimal,
      new_currency: text(3), new_months: integer, new_billingday: integer, new_period: date, new_nextdate: date,
      new_state: text(20), new_attempt: integer, new_reason: text(2000), new_lasttransaction: text(100),
      new_run: text(40),
    },
  },
];

// State and status reasons of an invoice that belong together.
export const invoiceStates: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 5, 6], 1: [7], 2: [100001, 100002], 3: [100003],
};

const journal = text(20);
export const financeTables: readonly TableShape[] = [
  {
    set: "CustomerPaymentJournalHeaders", logical: "CustomerPaymentJournalHeader", id: "",
    keys: [["dataAreaId", "JournalBatchNumber"]],
    columns: {
      dataAreaId: text(4), JournalBatchNumber: journal, JournalName: text(10), Description: text(60),
      OverrideSalesTax: names("Yes", "No"), IsPosted: names("Yes", "No"),
    },
    defaults: { IsPosted: "No", OverrideSalesTax: "No", Description: "" },
  },
  {
    set: "CustomerPaymentJournalLines", logical: "CustomerPaymentJournalLine", id: "",
    keys: [["dataAreaId", "JournalBatchNumber", "LineNumber"]],
    columns: {
      dataAreaId: text(4), JournalBatchNumber: journal, LineNumber: decimal,
      AccountType: names("Ledger", "Cust", "Vend", "Bank"), AccountDisplayValue: text(50), Company: text(4),
      TransactionDate: moment, TransactionText: text(60), CreditAmount: money, DebitAmount: money,
      CurrencyCode: text(3),
      OffsetAccountType: names("Ledger", "Cust", "Vend", "Bank"), OffsetAccountDisplayValue: text(50),
      OffsetCompany: text(4), PaymentMethodName: text(10), PaymentReference: text(20), PaymentId: text(100),
      PaymentNotes: text(1000), MarkedInvoice: text(20), MarkedInvoiceCompany: text(4),
      SettleVoucher: names("None", "OpenTransact", "SelectedTransact"), PostingProfile: text(10),
      IsPrepayment: names("Yes", "No"), Voucher: text(20),
    },
  },
  {
    set: "LedgerJournalHeaders", logical: "LedgerJournalHeader", id: "", keys: [["dataAreaId", "JournalBatchNumber"]],
    columns: {
      dataAreaId: text(4), JournalBatchNumber: journal, JournalName: text(10), Description: text(60),
      IsPosted: names("Yes", "No"),
    },
    defaults: { IsPosted: "No", Description: "" },
  },
  {
    set: "LedgerJournalLines", logical: "LedgerJournalLine", id: "",
    keys: [["dataAreaId", "JournalBatchNumber", "LineNumber"]],
    columns: {
      dataAreaId: text(4), JournalBatchNumber: journal, LineNumber: decimal,
      AccountType: names("Ledger", "Cust", "Vend", "Bank"), AccountDisplayValue: text(50), TransDate: moment,
      Text: text(60), DebitAmount: money, CreditAmount: money, CurrencyCode: text(3),
      OffsetAccountType: names("Ledger", "Cust", "Vend", "Bank"), OffsetAccountDisplayValue: text(50),
      Voucher: text(20), Document: text(20), Invoice: text(20),
    },
  },
  {
    set: "CustomersV3", logical: "CustomerV3", id: "", keys: [["dataAreaId", "CustomerAccount"]],
    columns: {
      dataAreaId: text(4), CustomerAccount: text(20), OrganizationName: text(100), CustomerGroupId: text(10),
      SalesCurrencyCode: text(3), CreditLimit: money, PaymentTerms: text(10), PrimaryContactEmail: text(255),
    },
  },
];
