-- What PayTrace gave or took back, of which receipt, the document that a person enters for it, and
-- whether the books have it. Each document has a reference of its own in TranCmnt.
local days = require('rules.days')
local money_rules = require('rules.money')
local reversals = require('rules.reversals')
local sage = require('rules.sage500')
local M = {}

local names = { refund = 'refund', void = 'void', chargeback = 'chargeback' }
local suffixes = { refund = '', void = '-V', chargeback = '-C' }

local function id_of(body)
  return tostring(body.transactionId or body.transaction_id)
end

local function original_of(body, vars)
  return money_rules.optional(body[vars.original_field])
end

-- A reversal that is told and polled is two events, of which the second finds it in the books.
function M.event(body)
  local words = { 'polled', id_of(body), tostring(body.transaction_type) }
  if body.transactionId ~= nil then
    words = { 'told', id_of(body), tostring(body.transactionType), tostring(body.status) }
  end
  return text.join(words, ' ')
end

-- What is about one transaction goes one after another.
function M.order_key(body) return id_of(body) end

-- Of an event or of a row of the poll. `reference` is what the document says in TranCmnt.
function M.what(body, vars)
  local type = body.transactionType or body.transaction_type
  local status = body.status
  if body.transactionId == nil then status = nil end
  local kind = reversals.kind(type, status)
  if kind == 'other' then return { kind = kind } end
  local id, original = id_of(body), original_of(body, vars)
  if kind == 'void' then original = original or id end
  local counted = kind == 'chargeback' and (original or id) or id
  return {
    kind = kind, transaction = id, original = original,
    look_up = decimal(kind == 'chargeback' and original or id):int(),
    reference = sage.reference(counted) .. suffixes[kind],
  }
end

local function nothing(what, why)
  return { nothing = names[what.kind] .. ' ' .. what.transaction .. ': ' .. why }
end

-- What was given back, by the gateway's own row. Of a chargeback it has the payment only: amount
-- and day are those that the signed event says.
function M.reversal(what, row, body, vars)
  if isnull(row) and what.kind ~= 'chargeback' then
    return nothing(what, 'PayTrace does not have it')
  end
  local given = what.kind == 'chargeback' and body or row
  local state = text.lower(tostring(given.status_message or given.status))
  if state:find('declin', 1, true) then return nothing(what, 'it was declined') end
  local currency = money_rules.optional(body.currency) or vars.currency
  -- the row of a void is that of the payment, with its time
  local said = what.kind == 'refund' and row.created and row.created.at or body.timestamp
  local day = days.booked(said, now(), vars.timezone)
  return {
    kind = what.kind, transaction = what.transaction, original = what.original,
    reference = what.reference, day = day, currency = currency,
    amount = money_rules.amount_in(given.amount, currency, vars.currency),
    customer = money_rules.optional(given.customer_id or given.customerId),
    invoice = sage.tran_no(given.invoice_id or given.orderId),
    reason = what.kind == 'chargeback' and money_rules.optional(body.processorResponseCode) or nil,
  }
end

-- One receipt has a row for each of its applications.
local function receipts_of(rows, reversal)
  local found, order = {}, array()
  for _, row in ipairs(rows) do
    local id = sage.transaction(row.reference)
    if id ~= nil and (reversal.original == nil or id == reversal.original) then
      if found[row.TranNo] == nil then
        found[row.TranNo] = { receipt = row.TranNo, payment = id, customer = row.CustID,
          amount = sage.amount(row.TranAmt), currency = row.CurrID, invoices = array() }
        order[#order + 1] = found[row.TranNo]
      end
      local invoices = found[row.TranNo].invoices
      if not isnull(row.InvoiceNo) then
        invoices[#invoices + 1] = { invoice = row.InvoiceNo, applied = sage.amount(row.ApplyAmt),
          open = sage.amount(row.Balance) }
      end
    end
  end
  return order
end

local advice = {
  refund = 'Enter a credit memo and the refund to the card',
  void = 'Void the receipt and enter a memo for it',
  chargeback = 'Enter a debit memo, and see whether the customer is to be held',
}

-- The document that is to be entered, or why nobody can say: `unknown`.
function M.plan(reversal, rows)
  local receipts = receipts_of(rows, reversal)
  local label = names[reversal.kind] .. ' ' .. reversal.transaction .. ' of '
    .. tostring(reversal.amount) .. ' ' .. reversal.currency
  if #receipts ~= 1 then
    local why = #receipts == 0 and 'no receipt of its payment is in the books'
      or 'it may belong to ' .. #receipts .. ' receipts'
    return { unknown = label .. ': ' .. why, candidates = receipts }
  end
  local receipt = receipts[1]
  local plan = { label = label, receipt = receipt, comment = reversal.reference,
    customer = receipt.customer, amount = reversal.amount, currency = reversal.currency,
    advice = advice[reversal.kind] .. '. Its comment must be: ' .. reversal.reference }
  if receipt.currency ~= reversal.currency then
    return { unknown = label .. ': receipt ' .. receipt.receipt .. ' is in ' .. receipt.currency,
      candidates = receipts }
  elseif reversal.amount > receipt.amount then
    return { unknown = label .. ': receipt ' .. receipt.receipt .. ' has only '
      .. tostring(receipt.amount), candidates = receipts }
  end
  return plan
end

-- What the books have of it; `problem` names what does not agree.
function M.verify(steps)
  local plan, rows = steps.plan, (steps.look or steps.entered).rows
  if #rows == 0 then error('there is no document with the comment ' .. plan.comment, 0) end
  local row = rows[1]
  local amount = sage.amount(row.TranAmt)
  if amount < 0 then amount = -amount end
  local seen = { document = row.TranID, customer = row.CustID, amount = amount }
  if #rows > 1 then
    seen.problem = #rows .. ' documents have the comment ' .. plan.comment
  elseif amount ~= plan.amount or row.CurrID ~= plan.currency then
    seen.problem = 'document ' .. row.TranID .. ' has ' .. tostring(amount) .. ' ' .. row.CurrID
      .. ', not ' .. tostring(plan.amount) .. ' ' .. plan.currency
  elseif row.CustID ~= plan.customer then
    seen.problem = 'document ' .. row.TranID .. ' is of customer ' .. row.CustID .. ', not '
      .. plan.customer
  end
  return seen
end

function M.letter(steps, vars)
  local plan = steps.plan
  if plan.unknown ~= nil then
    return { what = 'PayTrace: ' .. plan.unknown, details = 'A task waits in the review queue.' }
  end
  local details = 'Receipt ' .. plan.receipt.receipt .. ' of customer ' .. plan.customer .. '.\n'
  for _, one in ipairs(plan.receipt.invoices) do
    details = details .. 'It paid ' .. tostring(one.applied) .. ' of invoice ' .. one.invoice
      .. ', of which ' .. tostring(one.open) .. ' is open.\n'
  end
  if steps.reversal.reason ~= nil then
    details = details .. 'Reason code: ' .. steps.reversal.reason .. '.\n'
  end
  return { what = 'PayTrace: ' .. plan.label, details = details .. plan.advice
    .. '\nA task waits in the review queue.' }
end

-- For the control total.
function M.given_back(steps) return steps.closed and steps.plan.amount or decimal(0) end
function M.booked(steps) return steps.closed and steps.verify.amount or decimal(0) end

return M
