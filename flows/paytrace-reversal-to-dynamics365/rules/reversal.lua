-- What is given back, of which payment, and what the ledgers are told. A payment of the ERP whose
-- new_refundrequest is 'refund' is asked for; the gateway tells of refunds, voids and chargebacks
-- by events whose field `vars.original_field` names the payment they belong to.
local days = require('rules.days')
local money_rules = require('rules.money')
local paytrace = require('rules.paytrace')
local reversals = require('rules.reversals')
local M = {}

local statuses = { refund = 'refunded', void = 'voided', chargeback = 'chargeback' }

function M.event(body)
  if body.transactionId ~= nil then
    return text.join({ 'told', tostring(body.transactionId), tostring(body.transactionType),
      tostring(body.status) }, ' ')
  end
  return tostring(body.new_paymentid or body.id) .. ' ' .. tostring(body['@odata.etag'])
end

-- The transaction id of the payment it is about. A void has the payment's own.
function M.original(body, vars)
  local named = body[vars.original_field]
  if money_rules.optional(named) ~= nil then return tostring(named) end
  local own = body.new_paytracetransactionid or body.transactionId or body.id
  return tostring(own)
end

function M.told(body, vars)
  local kind = reversals.kind(body.transactionType, body.status)
  if kind == 'other' then return { kind = kind } end
  return {
    kind = kind, transaction = tostring(body.transactionId), original = M.original(body, vars),
    day = days.booked(body.timestamp, now(), vars.timezone),
    reason = kind == 'chargeback' and money_rules.optional(body.processorResponseCode) or nil,
  }
end

-- Whether the gateway says the same of it; nobody books what only an event says. Of a chargeback
-- the gateway has no row of its own, so a signed event is all there is.
function M.confirmed(what, row)
  if isnull(row) then return false end
  return reversals.kind(row.transaction_type) == what.kind
end

-- Each credit has a reference of its own: a void has no id at the gateway, so it gets one here.
local function reference_of(what)
  if what.kind == 'void' then return what.original .. '-V' end
  if what.kind == 'chargeback' then return what.original .. '-C' end
  return what.transaction
end

-- The payment, what of it is left, and whether this reversal is entered already.
local function look(rows, original, reference)
  local payment, left, entered = nil, decimal(0), false
  for _, row in ipairs(rows) do
    local amount = decimal(row.new_amount)
    if row.new_paytracetransactionid == original and row.new_direction == 'credit' then
      payment, left = row, left + amount
    elseif row.new_originaltransactionid == original then
      entered = entered or row.new_paytracetransactionid == reference
      left = left - amount
    end
  end
  return payment, left, entered
end

local function checked(given, payment, left, vars)
  local currency = money_rules.currency(payment.new_currency)
  local amount = money_rules.amount_in(given or left, currency, vars.currency)
  if amount > left then
    error('more than is left of it: ' .. tostring(amount) .. ' of ' .. tostring(left), 0)
  end
  return amount, amount == decimal(payment.new_amount)
end

-- {original, amount, whole, customer, invoice, ...}, or `problem`, `unknown` or `known` beside it.
-- `sure` is what the gateway says of an event that was told: its amount counts.
function M.plan(body, what, rows, vars, sure)
  local original = M.original(body, vars)
  local payment, left, entered = look(rows, original, what and reference_of(what))
  local plan = { original = original }
  if payment == nil then
    local kind = what and what.kind or 'refund'
    plan.unknown = 'A ' .. kind .. ' of payment ' .. original .. ', which the ERP does not have'
    return plan
  end
  if entered then
    plan.known = 'the ' .. what.kind .. ' of payment ' .. original .. ' is entered already'
    return plan
  end
  plan.row, plan.etag = payment.new_paymentid, payment['@odata.etag']
  plan.number = original:find('^%d+$') and decimal(original):int() or nil
  plan.customer = money_rules.optional(payment.new_customerid)
  plan.invoice = money_rules.optional(payment.new_invoicenumber)
  plan.method = money_rules.optional(payment.new_paymentmethodtype)
  plan.account = money_rules.optional(payment._new_accountid_value)
  plan.invoice_id = money_rules.optional(payment._new_invoiceid_value)
  if what ~= nil and what.kind ~= 'void' and body.currency ~= payment.new_currency then
    plan.problem = 'the currency is ' .. tostring(body.currency) .. ', that of the payment '
      .. tostring(payment.new_currency)
    return plan
  end
  local told = sure and sure.transaction or body
  local given = money_rules.optional(what and told.amount or payment.new_refundamount)
  local fine, amount, whole = pcall(checked, given, payment, left, vars)
  if not fine then
    plan.problem = tostring(amount)
  else
    plan.amount, plan.whole = amount, whole
  end
  return plan
end

-- What is settled is refunded. What is not can be voided, but only as a whole.
function M.can(transaction, plan)
  if isnull(transaction) then return true end
  return paytrace.is_settled(transaction) or plan.whole or transaction.transaction_type == 'VOID'
end

-- What is entered, from what was done or told. `moment`: of what was done.
function M.credit(steps, moment, vars)
  local what = steps.what or {
    kind = steps.refund and 'refund' or 'void', original = steps.plan.original,
    transaction = steps.refund and tostring(steps.refund.transaction_id),
    day = days.booked(steps.refund and steps.refund.created_at, moment, vars.timezone),
  }
  return {
    kind = what.kind, status = statuses[what.kind], reference = reference_of(what), day = what.day,
    amount = steps.plan.amount, currency = vars.currency,
    account = what.kind == 'chargeback' and 'Chargeback' or steps.plan.method or 'CreditCard',
    text = text.upper(what.kind:sub(1, 1)) .. what.kind:sub(2) .. ' of ' .. what.original,
    reason = what.reason and ', reason ' .. what.reason or '',
  }
end

function M.refused(steps)
  local failure = steps.refund or steps.void
  local why = steps.plan.problem
  if why == nil and failure ~= nil then why = paytrace.refusal(failure).text end
  if why == nil and isnull(steps.settled) then why = 'the gateway does not know the payment' end
  if why == nil and steps.how == nil then why = 'it is not settled after ten days' end
  return { original = steps.plan.original, text = why or 'it was voided before' }
end

function M.given_back(steps)
  return steps.credit and steps.credit.amount or decimal(0)
end

function M.booked(steps)
  if steps.entry == nil then return decimal(0) end
  local entered, journal = decimal(steps.entry.row.new_amount), decimal(steps.journal.amount)
  if entered ~= journal then
    error('the entry has ' .. tostring(entered) .. ', the journal ' .. tostring(journal), 0)
  end
  return entered
end

return M
