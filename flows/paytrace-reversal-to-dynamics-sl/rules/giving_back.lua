-- Refunds, voids and chargebacks: what they are, and how much of an order can still be given back.
-- A refund that fits becomes a credit memo; a void and a chargeback are always a person's.
local days = require('rules.days')
local form = require('rules.form')
local money_rules = require('rules.money')
local orders = require('rules.orders')
local reversals = require('rules.reversals')
local sl = require('rules.sl')
local M = {}

local function id_of(body) return tostring(body.transactionId or body.transaction_id) end

function M.kind(body)
  return reversals.kind(body.transactionType or body.transaction_type,
    body.status or body.status_message)
end

-- What makes a row another one than before: a sale that was voided comes again.
function M.seen(row) return id_of(row) .. ' ' .. M.kind(row) end

-- Told and polled are two events, of which the second finds it entered.
function M.event(body)
  return (body.transactionId == nil and 'polled ' or 'told ') .. M.seen(body)
end

-- What concerns one order goes one after another: each sees what was given back before.
function M.order_key(body, vars)
  return orders.number(body.orderId or body.invoice_id, vars.order_prefix) or id_of(body)
end

-- A chargeback is in no export, so nothing can be asked about it but a person.
function M.is_sure(body) return body.transactionId == nil or M.kind(body) == 'chargeback' end

local function nothing(id, why)
  return { transaction = id, nothing = 'transaction ' .. id .. ': ' .. why }
end

-- `sure` is what find_transaction gave for an event that was told.
function M.what(body, sure, vars)
  local row, id = body, id_of(body)
  if sure ~= nil then row = sure.transaction end
  if isnull(row) then return nothing(id, 'PayTrace does not have it') end
  local kind = M.kind(row)
  if kind == 'other' then return nothing(id, 'it gives nothing back') end
  local currency = vars.currency
  if body.currency ~= nil then currency = money_rules.currency(body.currency) end
  local said = kind == 'refund' and row.created and row.created.at or body.timestamp
  local day = days.booked(said, now(), vars.timezone)
  return {
    kind = kind, transaction = id, currency = currency, day = day,
    amount = money_rules.amount_in(row.amount, currency, vars.currency),
    order = orders.name(row.orderId or row.invoice_id, vars.order_prefix),
    original = sl.text(body[vars.original_field]),
  }
end

local function of_type(rows, type)
  local found, sum = array(), decimal('0.00')
  for _, row in ipairs(sl.rows(rows)) do
    if sl.text(row.DocType) == type then
      found[#found + 1] = row
      sum = sum + sl.amount(row)
    end
  end
  return found, sum
end

-- {customer, invoice}, or `why` it does not fit, from the documents of the order.
function M.plan(what, rows)
  if what.order == nil then return { why = 'it names no order' } end
  local invoices = of_type(rows, 'IN')
  if #invoices == 0 then return { why = 'SL has no invoice for ' .. what.order } end
  if #invoices > 1 then return { why = 'SL has several invoices for ' .. what.order } end
  local plan = { customer = sl.text(invoices[1].CustId), invoice = sl.text(invoices[1].RefNbr) }
  for _, row in ipairs(sl.rows(rows)) do
    local theirs = sl.currency(row, what.currency)
    if theirs ~= what.currency then
      plan.why = 'of order ' .. what.order .. ' a document is in ' .. theirs
      return plan
    end
  end
  local _, paid = of_type(rows, 'PA')
  local _, back = of_type(rows, 'CM')
  if what.amount > paid - back then
    plan.why = 'of order ' .. what.order .. ' ' .. tostring(paid) .. ' were paid and '
      .. tostring(back) .. ' given back'
  end
  return plan
end

-- What the person looks at. Of a sale that SL does not have, that is said.
function M.task(steps)
  local sale = steps.sale and sl.rows(steps.sale.rows) or array()
  return {
    what = steps.what, why = steps.plan.why, documents = sl.rows(steps.documents.rows), sale = sale,
  }
end

function M.title(steps)
  local what = steps.what
  local title = text.upper(what.kind:sub(1, 1)) .. what.kind:sub(2) .. ' ' .. what.transaction
    .. ' of ' .. tostring(what.amount) .. ' ' .. what.currency
  if what.kind == 'refund' then return title .. ': ' .. steps.plan.why end
  local known = #sl.rows(steps.sale.rows) > 0
  for _, row in ipairs(sl.rows(steps.documents.rows)) do
    known = known or sl.text(row.DocType) == 'PA'
  end
  if known then return title .. ', order ' .. tostring(what.order or '?') end
  return title .. ': SL has no payment for it'
end

-- Whose account the credit memo is on: by the plan, or by the person.
function M.target(steps, vars)
  local said = steps.ask or steps.dispute
  local sale = steps.sale and sl.rows(steps.sale.rows)[1]
  return {
    customer = form.field(said, 'customer') or steps.plan.customer or sale and sl.text(sale.CustId)
      or vars.unknown_customer,
    invoice = form.field(said, 'invoice') or steps.plan.invoice,
    method = steps.what.kind == 'chargeback' and 'Chargeback' or 'Refund',
  }
end

function M.given_back(steps) return steps.target and steps.what.amount or decimal(0) end
function M.booked(steps) return steps.memo and decimal(steps.memo.amount) or decimal(0) end

-- What counts as posted, above zero: the credit memo, or the payment that a person has taken back
-- in SL, with the amount with which it stood there. Of a void that is told twice the first counts.
function M.posted(steps)
  local undone = steps.undone
  if undone == nil or not undone.changed or steps.undo.port ~= 'done' then
    return M.booked(steps)
  end
  local _, sum = of_type(steps.sale.rows, 'PA')
  return sum
end

return M
