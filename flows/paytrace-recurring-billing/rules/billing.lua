-- What a subscription is charged with, and what comes next: another period, another attempt by
-- rules/dunning.table.json, or suspension. Its row in the ERP has all that is known between days.
local money_rules = require('rules.money')
local paytrace = require('rules.paytrace')
local M = {}

function M.day(trigger, vars)
  if trigger.body ~= nil and trigger.body.day ~= nil then
    local day = tostring(trigger.body.day)
    if not day:find('^%d%d%d%d%-%d%d%-%d%d$') then
      error('day must be like 2026-11-20, not ' .. day, 0)
    end
    return { day = day }
  end
  return { day = date.format(trigger.slot, 'yyyy-MM-dd', vars.timezone) }
end

local function period_of(row) return tostring(row.new_period):sub(1, 10) end

-- A whole number of a row that may be empty.
local function whole(row, name, if_empty, least, most)
  local value = row[name]
  if isnull(value) then return if_empty end
  local fine, number = pcall(function() return decimal(value):int() end)
  if not fine or number < least or number > most then
    error(name .. ' must be a whole number from ' .. least .. ' to ' .. most .. ', not '
      .. tostring(value), 0)
  end
  return number
end

-- The day on which the next period begins, and the day of the month on which periods begin. What
-- began on the 31st begins on the last day of a shorter month, and on the 31st again behind it.
local function next_period(row)
  local months = whole(row, 'new_months', 1, 1, 120)
  local period = period_of(row)
  if not pcall(date.parse, period) then
    error('new_period must be a day such as 2026-11-20, not ' .. period, 0)
  end
  local billing_day = whole(row, 'new_billingday', tonumber(period:sub(9, 10)), 1, 31)
  local month = date.format(date.add(period, months, 'months'), 'yyyy-MM-')
  local last = date.format(date.add(date.add(month .. '01', 1, 'months'), -1, 'days'),
    'yyyy-MM-dd')
  local wanted = month .. string.format('%02d', billing_day)
  return wanted < last and wanted or last, billing_day
end

-- Nobody is charged whose next period cannot be told: the same one would be charged again.
local function charge(row, vars)
  local customer = money_rules.optional(row.new_customerid)
  if customer == nil then error('it has no customer', 0) end
  next_period(row)
  return {
    customer = customer, currency = vars.currency,
    amount = money_rules.amount_in(row.new_amount, row.new_currency, vars.currency),
    invoice = row.new_number .. '/' .. period_of(row),
    what = row.new_number .. ' for ' .. period_of(row),
  }
end

-- The invoice_id names subscription and period: two payments of one period are seen at the gateway.
function M.charge(row, vars)
  local fine, result = pcall(charge, row, vars)
  if fine then return result end
  return { problem = tostring(result), currency = vars.currency,
    what = row.new_number .. ' for ' .. period_of(row) }
end

-- The day of the month is written down where a short month would have it forgotten.
local function paid(row, sale)
  local period, billing_day = next_period(row)
  return { row = {
    new_state = 'active', new_attempt = 0, new_period = period, new_nextdate = period,
    new_billingday = isnull(row.new_billingday) and billing_day > 28 and billing_day or nil,
    new_lasttransaction = tostring(sale.transaction_id), new_reason = null,
  } }
end

local function refused(row, steps)
  local reason = { kind = 'problem', text = steps.charge.problem }
  if steps.sale ~= nil then reason = paytrace.refusal(steps.sale) end
  local attempt = coalesce(row.new_attempt, 0) + 1
  local step = decide('dunning', { kind = reason.kind, attempt = attempt })
  local again = date.format(date.add(steps.day.day, step.days, 'days'), 'yyyy-MM-dd')
  local next = { row = {
    new_state = step.state, new_attempt = attempt, new_reason = reason.text,
    new_nextdate = step.state == 'pastdue' and again or nil,
  } }
  if money_rules.optional(step.letter) ~= nil then
    next.letter, next.to = step.letter, money_rules.optional(row.new_email)
    local name = money_rules.optional(row.new_name) or row.new_customerid
    next.values = { name = name, what = steps.charge.what,
      amount = steps.charge.amount, currency = steps.charge.currency, next = again }
  end
  return next
end

-- The row as it becomes, and the letter if there is one. A period that was paid moves on by its
-- months, whatever day it was paid on.
function M.next(row, steps)
  if steps.entry ~= nil then return paid(row, steps.sale) end
  return refused(row, steps)
end

-- Why the subscription could not be written; nil: it was. It stays in 'billing', which nobody
-- charges, until somebody has looked.
function M.unwritten(steps)
  local write = steps.write
  if write == nil or write.kind == nil then return nil end
  return tostring(write.text)
end

-- What is collected of one subscription.
function M.line(row, steps)
  local line = { number = row.new_number, amount = steps.charge.amount or 0 }
  if steps.next == nil then
    line.outcome, line.why = 'left', 'changed meanwhile'
  elseif steps.journal ~= nil then
    line.outcome, line.journal = 'charged', steps.journal.amount
    line.again = steps.journal.again or nil
  else
    line.outcome, line.state = 'refused', steps.next.row.new_state
  end
  if line.outcome == 'refused' and line.state == 'review' then
    line.outcome, line.why = 'left', steps.next.row.new_reason
  end
  local unwritten = M.unwritten(steps)
  if unwritten ~= nil and line.journal ~= nil then
    line.why = 'it is charged and in the journal, but not written down: ' .. unwritten
  elseif unwritten ~= nil then
    line.outcome, line.state, line.why = 'left', nil, unwritten
  end
  return line
end

-- Counts and sums, and the lines that somebody has to look at. One that failed is left: its
-- subscription stays in 'billing', which nobody charges, until somebody has looked.
function M.result(rows, lines, day)
  local result = { day = day, due = { count = #rows, sum = decimal('0.00') } }
  for _, name in ipairs({ 'charged', 'refused', 'left' }) do
    result[name] = { count = 0, sum = decimal('0.00') }
  end
  result.suspended, result.lines = 0, array()
  for _, row in ipairs(rows) do
    result.due.sum = result.due.sum + decimal(coalesce(row.new_amount, 0))
  end
  for index, line in ipairs(lines) do
    local row = rows[index]
    local outcome = line.error ~= nil and 'left' or line.outcome
    local amount = decimal(coalesce(row.new_amount, 0))
    result[outcome].count = result[outcome].count + 1
    result[outcome].sum = result[outcome].sum + amount
    if line.state == 'suspended' then result.suspended = result.suspended + 1 end
    local why = line.error and line.error.text or line.why
    if why ~= nil then
      result.lines[#result.lines + 1] = { number = row.new_number, why = why }
    end
  end
  return result
end

function M.due(steps) return steps.result.due.sum end

function M.accounted(steps)
  return steps.result.charged.sum + steps.result.refused.sum + steps.result.left.sum
end

function M.charged(steps) return steps.result.charged.sum end

function M.booked(steps)
  local sum = decimal(0)
  for _, line in ipairs(steps.bill) do
    if line.journal ~= nil then sum = sum + decimal(line.journal) end
  end
  return sum
end

-- What counts as posted by this run: not what another flow has put into the journal meanwhile.
function M.posted(steps)
  local sum = decimal(0)
  for _, line in ipairs(steps.bill) do
    if line.journal ~= nil and not line.again then sum = sum + decimal(line.journal) end
  end
  return sum
end

return M
