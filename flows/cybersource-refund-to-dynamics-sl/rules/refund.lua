-- What is given back, of which payment of Dynamics SL: a refund that the shop asks for, or a
-- chargeback that the gateway tells of. Documents are rows of a Quick Query view; SL pads their
-- texts with blanks.
local money_rules = require('rules.money')
local sl = require('rules.sl')
local M = {}

local function trimmed(value)
  if value == nil or value == null then return '' end
  return text.trim(tostring(value))
end

local function is_dispute(body) return body.refund == nil and body.natureOfDispute ~= nil end

-- The id of the payment (the capture) that it is about.
function M.original(body, vars)
  if is_dispute(body) then return trimmed(body[vars.original_field]) end
  return trimmed(body.payment)
end

-- What makes two events the same one.
function M.event(body, vars)
  if is_dispute(body) then
    return text.join({ 'dispute', M.original(body, vars), trimmed(body.action),
      trimmed(body.sign) }, ' ')
  end
  local refund = money_rules.optional(body.refund)
  return refund and 'refund ' .. refund or nil
end

-- One form for both.
function M.what(body, vars)
  local what = { original = M.original(body, vars) }
  if is_dispute(body) then
    what.kind, what.amount, what.currency = 'chargeback', body.amount, body.currencyCode
    what.time = body.time
    what.reason, what.due = money_rules.optional(body.reasonCode),
      money_rules.optional(body.responseDueTime)
    if trimmed(body.sign) == '+' then what.problem = 'the dispute gives the amount back to us' end
    return what
  end
  what.kind, what.amount, what.currency = 'refund', body.amount, body.currency
  what.refund = trimmed(body.refund)
  if what.refund == '' or #what.refund > 20 or what.refund:find('[^%w._-]') then
    what.problem = 'the refund must have a number of letters, digits, . _ - and at most 20 of them'
  end
  return what
end

local function round(value, currency)
  return decimal(value):round(money.digits(currency), 'half_up')
end

local function given_back(memos, what, currency)
  local sum, known = round(0, currency), false
  for _, memo in ipairs(memos) do
    if trimmed(memo.User2) == what.original then
      sum = sum + round(memo.CuryOrigDocAmt, currency)
      known = known or trimmed(memo.User1) == what.original .. '-C'
    end
  end
  return sum, known
end

-- {customer, order, amount, left}, or `unknown`, `known` or `problem` beside it.
function M.plan(what, payments, memos, vars)
  local payment = nil
  for _, row in ipairs(payments) do
    if what.original ~= '' and trimmed(row.User1) == what.original then payment = row end
  end
  if payment == nil then
    return { unknown = 'a ' .. what.kind .. ' of payment ' .. what.original
      .. ', which Dynamics SL does not have' }
  end
  local plan = {
    customer = trimmed(payment.CustId), order = money_rules.optional(trimmed(payment.CustOrdNbr)),
    number = trimmed(payment.RefNbr), problem = what.problem,
  }
  local theirs = sl.currency(payment, vars.currency)
  if theirs ~= vars.currency then
    plan.problem = 'the payment is in ' .. theirs .. ', and ' .. vars.currency .. ' is given back'
    return plan
  end
  local sum, known = given_back(memos, what, vars.currency)
  if known and what.kind == 'chargeback' then
    plan.known = 'the chargeback of payment ' .. what.original .. ' is booked already'
    return plan
  end
  plan.left = round(payment.CuryOrigDocAmt, vars.currency) - sum
  local checked = { amount = plan.left }
  if money_rules.optional(what.amount) ~= nil then
    checked = money_rules.check(what.amount, what.currency, vars.currency)
  end
  plan.problem, plan.amount = plan.problem or checked.problem, checked.amount
  if plan.problem == nil and plan.left <= 0 then
    plan.problem = 'all of the payment was given back before'
  elseif plan.problem == nil and plan.amount > plan.left then
    plan.problem = 'more than is left of it: ' .. tostring(plan.amount) .. ' of '
      .. tostring(plan.left)
  end
  return plan
end

-- The gateway's reference of a refund.
function M.code(what) return 'R-' .. what.refund end

-- When the gateway says that it happened; nil: it does not say.
function M.time(steps)
  local what, refund = steps.what, steps.refund
  if what.kind == 'chargeback' then return what.time end
  return refund.reply and refund.reply.submitTimeUtc
end

-- What is booked.
function M.credit(steps, vars)
  local what, plan = steps.what, steps.plan
  local dispute = what.kind == 'chargeback'
  return {
    reference = dispute and what.original .. '-C' or steps.refund.id, origin = what.original,
    kind = 'memo', amount = plan.amount, currency = vars.currency, customer = plan.customer,
    order = plan.order, method = dispute and 'Chargeback' or vars.method,
    text = text.cut((dispute and 'Chargeback ' or 'Refund ') .. (plan.order or what.original), 30),
  }
end

-- The two sides of the control total. A person who enters a memo by hand answers for its amount.
function M.given(steps) return steps.credit and steps.credit.amount or decimal(0) end

function M.booked(steps)
  if steps.unbooked then return steps.credit.amount end
  if steps.memo == nil then return decimal(0) end
  return decimal(steps.memo.amount)
end

return M
