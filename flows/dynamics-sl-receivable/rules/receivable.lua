-- A payment or credit memo of accounts receivable in Dynamics SL: the screen that is saved, what it
-- pays, and what stands there afterwards. Amounts are CuryOrigDocAmt; SL pads texts with blanks.
local form = require('rules.form')
local money_rules = require('rules.money')
local periods = require('rules.periods')
local sl = require('rules.sl')
local M = {}

local doc_types = { payment = 'PA', memo = 'CM' }

local function trimmed(value) return text.trim(tostring(value or '')) end

-- The documents of a search, whatever ctAPI makes of none.
local function documents(result)
  if type(result) ~= 'table' or type(result.ARDoc) ~= 'table' then return {} end
  return result.ARDoc
end

local function amount_of(value, currency)
  return decimal(value):round(money.digits(currency), 'half_up')
end

-- What does not change from try to try: the exact amount and the accounts.
function M.plan(entry)
  local amount = money_rules.amount(entry.amount, entry.currency)
  local row = lookup('sl_accounts', entry.kind, entry.method, entry.currency)
  return {
    doc_type = doc_types[entry.kind], amount = amount, currency = entry.currency,
    reference = entry.reference, origin = money_rules.optional(entry.origin),
    order = money_rules.optional(entry.order),
    text = money_rules.optional(entry.text) or 'Card ' .. entry.kind,
    account = row.account, sub = row.sub,
  }
end

-- Day, customer and invoice of this try. What a person filled in at the last one goes before what
-- was asked for; an invoice of '-' is none.
function M.try(entry, previous, vars)
  local mended = previous and previous.mended or {}
  local customer = money_rules.optional(mended.customer) or entry.customer
  local invoice = money_rules.optional(mended.invoice) or money_rules.optional(entry.invoice)
  if invoice == '-' then invoice = nil end
  local day = money_rules.optional(mended.day)
  if day == nil then
    local booked = periods.book(entry.day, vars.closed_period)
    if booked.problem then
      return { problem = booked.problem, customer = customer, invoice = invoice }
    end
    day = booked.day
  end
  local fiscal = date.fiscal(day, { start = vars.fiscal_start })
  return {
    day = day, customer = customer, invoice = invoice, mended = mended,
    period = string.format('%04d%02d', fiscal.year, fiscal.period),
  }
end

-- What the payment pays: the invoice as far as it is open; what is over stays on account. An
-- invoice of another currency, or one with a credit left, takes nothing.
function M.lines(plan, invoice, invoices)
  local amount, open = plan.amount, amount_of(0, plan.currency)
  if invoice ~= nil and invoices ~= nil then
    for _, doc in ipairs(documents(invoices.body.getOpenInvoicesResult)) do
      if trimmed(doc.RefNbr) == invoice and sl.currency(doc, plan.currency) == plan.currency then
        open = amount_of(doc.CuryDocBal, plan.currency)
      end
    end
  end
  if open < 0 then open = amount_of(0, plan.currency) end
  local applied = open < amount and open or amount
  local lines = array()
  if applied > 0 then lines[#lines + 1] = { invoice = invoice, amount = applied } end
  if applied < amount then lines[#lines + 1] = { amount = amount - applied } end
  return lines
end

-- SL's screen says in which currency it is; a blank one is that of the company.
local function check_currency(screen, plan)
  local theirs = trimmed(screen.myARDoc.CuryId)
  if theirs ~= '' and theirs ~= plan.currency then
    error('Dynamics SL books in ' .. theirs .. ', the amount is in ' .. plan.currency, 0)
  end
end

local function batch_of(screen, plan, try)
  return merge(screen.myBatch, {
    CuryCrTot = plan.amount, CuryCtrlTot = plan.amount, CrTot = plan.amount, CtrlTot = plan.amount,
    CuryEffDate = try.day .. 'T00:00:00', PerPost = try.period, Descr = text.cut(plan.text, 30),
  })
end

local function document_of(screen, plan, try, more)
  return merge(merge(screen.myARDoc, {
    CustId = try.customer, DocDate = try.day .. 'T00:00:00', PerPost = try.period,
    DocDesc = text.cut(plan.text, 30), User1 = plan.reference, User2 = plan.origin,
    CustOrdNbr = plan.order,
    CuryOrigDocAmt = plan.amount, OrigDocAmt = plan.amount, CuryDocBal = plan.amount,
    DocBal = plan.amount, LineCntr = 1,
  }), more)
end

function M.payment(screen, plan, try, invoices)
  check_currency(screen, plan)
  local lines = array()
  for i, line in ipairs(M.lines(plan, try.invoice, invoices)) do
    lines[i] = {
      CustId = try.customer, CuryTranAmt = line.amount, TranAmt = line.amount,
      CmmnPct = -line.amount,
      LineId = i, LineNbr = i - 1, SiteId = line.invoice or '', TranDesc = text.cut(plan.text, 30),
    }
  end
  return merge(screen, {
    myBatch = batch_of(screen, plan, try),
    myARDoc = document_of(screen, plan, try, {
      DocType = 'PA', BankAcct = plan.account, BankSub = plan.sub, LineCntr = #lines }),
    myARTran = { ARTran = lines },
  })
end

function M.memo(screen, plan, try, vars)
  check_currency(screen, plan)
  return merge(screen, {
    myBatch = batch_of(screen, plan, try),
    myARDoc = document_of(screen, plan, try, {
      DocType = 'CM', Terms = vars.memo_terms, OrigDocNbr = try.invoice }),
    myARTran = { ARTran = { {
      TranType = 'CM', CustId = try.customer, Acct = plan.account, Sub = plan.sub,
      CuryTranAmt = plan.amount, TranAmt = plan.amount, TranDesc = text.cut(plan.text, 30),
      LineId = 1 } } },
  })
end

-- The document that bears the reference; nil if a search has not found it.
function M.found(answer, plan)
  return sl.find(answer.body.searchInvoiceAndMemoResult, plan.reference, plan.doc_type)
end

-- The document that was saved: of the answer, or of the search that stood in for a lost one.
function M.saved(steps)
  local step = steps.pay or steps.memo
  if step == nil or step.body == nil then return nil end
  if step.body.editScreenResult then
    local screen = step.body.editScreenResult
    return merge(screen.myARDoc, { BatNbr = screen.myBatch.BatNbr })
  end
  local found = M.found(step, steps.plan)
  if found == nil then
    error('SL has found another document than ' .. steps.plan.reference, 0)
  end
  return found
end

local function figures(doc, currency)
  return {
    batch = trimmed(doc.BatNbr), number = trimmed(doc.RefNbr),
    amount = amount_of(doc.CuryOrigDocAmt, currency),
  }
end

-- What a try came to: the document, or what a person said to it.
function M.outcome(steps, previous)
  local doc = M.saved(steps)
  if doc == nil then
    local mended = merge(previous and previous.mended or {}, form.data(steps.mend))
    return { mended = mended }
  end
  local currency = steps.plan.currency
  local out, applied = figures(doc, currency), amount_of(0, currency)
  for _, line in ipairs(steps.pay_filled and steps.pay_filled.myARTran.ARTran or {}) do
    if line.SiteId ~= '' then applied = applied + line.CuryTranAmt end
  end
  out.applied, out.day = applied, steps.day.day
  return out
end

-- The batch that is still to be released; nil if none is.
function M.batch(steps, vars)
  local out = steps.same or steps.post
  if not vars.release or out.released then return nil end
  return out.batch
end

function M.why(step) return step and tostring(step.text or '') or '' end

function M.complaint(entry, steps)
  local why = steps.day.problem or M.why(steps.pay or steps.memo)
  local name = entry.kind == 'payment' and 'Payment ' or 'Credit memo '
  return name .. entry.reference .. ' of ' .. steps.day.customer .. ' is not saved: ' .. why
end

-- A second call with the same reference gets the first document, if it is the same in all that
-- counts.
function M.same(answer, plan)
  local doc = M.found(answer, plan)
  local out = figures(doc, plan.currency)
  out.released = tostring(doc.Rlsed) == '1'
  if out.amount ~= plan.amount then
    error('reference ' .. plan.reference .. ' is document ' .. out.number .. ' of '
      .. tostring(out.amount)
      .. ', but ' .. tostring(plan.amount) .. ' was asked for', 0)
  end
  return out
end

function M.result(steps)
  local out = steps.same or steps.post
  local applied = out.applied
  return {
    batch = out.batch, number = out.number, amount = out.amount, day = out.day,
    again = steps.same ~= nil,
    applied = applied, unapplied = applied and out.amount - applied or nil,
  }
end

function M.wanted(entry) return money_rules.amount(entry.amount, entry.currency) end
function M.stands(result) return result and result.amount or decimal(0) end

return M
