-- What a shipment takes of the authorization of its order, and what is remembered and booked of it.
local money_rules = require('rules.money')
local M = {}

-- A text that fits into the gateway's reference.
local function word(value, length)
  local given = money_rules.optional(value)
  if given == nil or #given > length or given:find('[^%w._-]') then return nil end
  return given
end

local function shipped(body, known, left)
  local amount = left
  if money_rules.optional(body.amount) ~= nil then
    local checked = money_rules.check(body.amount, body.currency or known.currency, known.currency)
    if checked.problem then
      return { action = 'problem', problem = checked.problem, left = left }
    end
    amount = checked.amount
  end
  if amount > left then
    return { action = 'problem', left = left, problem = 'the shipment is of ' .. tostring(amount)
      .. ', but only ' .. tostring(left) .. ' is left of the authorization' }
  end
  return { action = 'capture', left = left, amount = amount }
end

-- What a shipment or cancellation asks for: capture, release, problem or unknown.
function M.step(body, state)
  local order, known = tostring(body.order), state.value
  if not state.found then
    return { action = 'unknown', order = order, problem = 'it was never authorized' }
  elseif known.status ~= 'open' then
    return { action = 'unknown', order = order, problem = 'it is ' .. tostring(known.status) }
  end
  local digits = money.digits(known.currency)
  local captured = decimal(known.captured):round(digits)
  local left = decimal(known.amount):round(digits) - captured
  local step
  if body.event == 'cancelled' then
    step = { action = 'release', left = left }
  elseif body.event ~= 'shipped' or word(body.shipment, 20) == nil then
    step = { action = 'unknown',
      problem = 'the event is not a shipment with a number, nor a cancellation' }
  else
    step = shipped(body, known, left)
    step.code = order .. '-' .. body.shipment
    step.invoice = money_rules.optional(body.invoice)
  end
  step.order, step.captured = order, captured
  return step
end

-- What may be captured: nothing for a cancellation, all that is left where a person is asked.
function M.due(body)
  local step = M.step(body.event, body.known)
  return step.amount or step.action == 'problem' and step.left or decimal(0)
end

-- What is captured: the shipment's amount, or what a person said instead: all that is left.
function M.take(steps) return steps.odd and steps.step.left or steps.step.amount end

-- What is remembered after a capture. An order is closed when nothing is left or comes.
function M.after(steps, body, known)
  local amount = M.take(steps)
  local left = steps.step.left - amount
  local over = left == 0 or body.last == true
  return merge(known.value, {
    captured = steps.step.captured + amount, status = over and 'closed' or 'open' })
end

local function number_of(value)
  return value ~= nil and value ~= null and decimal(value) or decimal(0)
end

-- What the shop is told of a capture.
function M.outcome(steps, body, known)
  local state = M.after(steps, body, known)
  local whole = state.captured == decimal(known.value.amount)
  local booked = steps.unbooked and steps.unbooked.data or steps.book
  return {
    status = whole and 'paid' or 'partially_paid', captured = state.captured,
    payment = booked.number,
    on_account = steps.step.invoice ~= nil and steps.unbooked == nil
      and number_of(steps.book.unapplied) > 0,
  }
end

-- Where the order stands afterwards.
function M.result(steps)
  local outcome = steps.outcome or { status = 'cancelled', captured = steps.step.captured }
  return {
    order = steps.step.order, status = outcome.status, captured = outcome.captured,
    payment = outcome.payment,
  }
end

-- The two sides of the control total. A person who enters a payment by hand answers for its amount.
function M.captured(steps)
  if steps.taken == nil or steps.taken.id == nil then return decimal(0) end
  return M.take(steps)
end

function M.booked(steps)
  if steps.unbooked then return M.take(steps) end
  if steps.book == nil then return decimal(0) end
  return decimal(steps.book.amount)
end

return M
