-- What a due invoice of Dynamics SL is charged with, and what comes next when it is refused:
-- another attempt by rules/dunning.table.json, or suspension. What is remembered of an invoice
-- says how often it was refused, and that it is being charged: then nobody charges it again.
local money_rules = require('rules.money')
local cybersource = require('rules.cybersource')
local M = {}

local function trimmed(value)
  if value == nil or value == null then return '' end
  return text.trim(tostring(value))
end

function M.day(trigger, vars)
  if trigger.body ~= nil and trigger.body.day ~= nil then
    local day = tostring(trigger.body.day)
    if not day:find('^%d%d%d%d%-%d%d%-%d%d$') then
      error('day must be like 2026-11-20, not ' .. day, 0)
    end
    return { day = day, again = trigger.body.again }
  end
  return { day = date.format(trigger.slot, 'yyyy-MM-dd', vars.timezone) }
end

-- A person has looked at an invoice that was being charged, or suspended: it is charged again.
local function asked_again(when, invoice)
  for _, name in ipairs(when.again or {}) do
    if tostring(name) == invoice then return true end
  end
  return false
end

-- {invoice, customer, amount, token, code, attempt}, or `later` or `problem` beside it.
function M.charge(row, memory, when, vars)
  local known, currency, day = memory.value, vars.currency, when.day
  if memory.found ~= true or asked_again(when, trimmed(row.RefNbr)) then known = { attempt = 0 } end
  local parts = array()
  for i, name in ipairs(vars.token_fields) do parts[i] = trimmed(row[name]) end
  local charge = {
    invoice = trimmed(row.RefNbr), customer = trimmed(row.CustId), token = text.join(parts),
    name = trimmed(row.Name), email = money_rules.optional(trimmed(row.EMailAddr)),
    attempt = known.attempt + 1,
  }
  charge.code = charge.invoice .. '-' .. day:gsub('-', '')
  local theirs = trimmed(row.CuryId)
  if theirs == '' then theirs = currency end
  local rounded = decimal(row.CuryDocBal)
  local checked = money_rules.check(rounded:round(6, 'half_up'), theirs, currency)
  charge.amount, charge.problem = checked.amount, checked.problem
  if known.state == 'billing' then
    charge.problem = 'it was being charged before and nobody knows how that ended'
  elseif known.state == 'charged' and known.day ~= day then
    charge.problem = 'it was charged on ' .. tostring(known.day) .. ', and is still open'
  elseif known.state == 'charged' or known.state == 'suspended'
      or known.next ~= nil and known.next > day then
    charge.later = known.state
  elseif charge.token == '' then
    charge.problem = charge.problem or 'the customer has no token'
  end
  return charge
end

-- What is remembered of a refusal, and the letter if there is one.
function M.refused(charge, failure, day)
  local reason = cybersource.refusal(failure)
  local step = decide('dunning', { kind = reason.kind, attempt = charge.attempt })
  local again = date.format(date.add(day, step.days, 'days'), 'yyyy-MM-dd')
  local out = {
    remember = { attempt = charge.attempt, state = step.state, next = again }, state = step.state,
    reason = reason.text,
  }
  if money_rules.optional(step.letter) ~= nil then out.letter = step.letter end
  return out
end

function M.values(charge, refused, vars)
  return {
    name = charge.name ~= '' and charge.name or charge.customer,
    what = 'invoice ' .. charge.invoice,
    amount = charge.amount, currency = vars.currency, next = refused.remember.next,
  }
end

local on_hold = {
  AUTHORIZED_PENDING_REVIEW = true, PENDING_REVIEW = true, PARTIAL_AUTHORIZED = true,
}

-- Whether all of it was taken. What the fraud check holds, or the bank gave only a part of, is
-- looked at by a person.
function M.taken(charge, sale)
  local said = money_rules.optional(sale.amount)
  return not on_hold[sale.status] and (said == nil or decimal(said) == decimal(charge.amount))
end

-- What is collected of one invoice.
function M.line(steps)
  local charge = steps.charge
  local line = { invoice = charge.invoice, amount = charge.amount or 0 }
  if steps.book ~= nil and steps.book.number ~= nil then
    line.outcome, line.booked = 'charged', steps.book.amount
  elseif charge.problem ~= nil then
    line.outcome, line.why = 'left', charge.problem
  elseif charge.later ~= nil then
    line.outcome = 'later'
  elseif steps.refused == nil then
    line.outcome, line.why = 'left', 'the payment is ' .. tostring(steps.sale.status)
    if not isnull(steps.sale.amount) then
      line.why = line.why .. ', with ' .. tostring(steps.sale.amount)
    end
  else
    line.outcome, line.state = 'refused', steps.refused.state
    if line.state == 'review' then line.outcome, line.why = 'left', steps.refused.reason end
  end
  return line
end

local function balance(row, vars)
  return decimal(row.CuryDocBal):round(money.digits(vars.currency), 'half_up')
end

-- Counts and sums. An invoice whose iteration failed is left: it stays in 'billing', which nobody
-- charges.
function M.result(rows, lines, day, vars)
  local result = { day = day, due = { count = #rows, sum = decimal('0.00') },
    booked = decimal('0.00') }
  for _, name in ipairs({ 'charged', 'refused', 'later', 'left' }) do
    result[name] = { count = 0, sum = decimal('0.00') }
  end
  result.lines = array()
  for _, row in ipairs(rows) do result.due.sum = result.due.sum + balance(row, vars) end
  for i, line in ipairs(lines) do
    local amount = balance(rows[i], vars)
    local outcome = line.error ~= nil and 'left' or line.outcome
    local part = result[outcome]
    part.count, part.sum = part.count + 1, part.sum + amount
    if line.booked then result.booked = result.booked + decimal(line.booked) end
    if outcome == 'left' then
      result.lines[#result.lines + 1] = {
        invoice = trimmed(rows[i].RefNbr), why = line.error and line.error.text or line.why }
    end
  end
  return result
end

function M.accounted(result)
  return result.charged.sum + result.refused.sum + result.later.sum + result.left.sum
end

return M
