-- What a settlement means to the ledger: which day, how the lines of both sides are written alike,
-- and what of them is open. Amounts are signed: a refund is below zero on both sides.
local M = {}

-- The day before the schedule's moment, in the zone of the books; by hand the day that is given.
-- Settled transactions were made some days before: the gateway is asked from `look_back` days on.
function M.day(trigger, vars)
  local zone, day = vars.timezone, nil
  if trigger.body ~= nil and trigger.body.day ~= nil then
    day = tostring(trigger.body.day)
    if not day:find('^%d%d%d%d%-%d%d%-%d%d$') then
      error('day must be like 2026-11-20, not ' .. day, 0)
    end
  else
    day = date.format(date.add(trigger.slot, -1, 'days', zone), 'yyyy-MM-dd', zone)
  end
  local noon = date.parse(day .. 'T12:00:00', nil, zone)
  return {
    day = day,
    gateway_from = date.format(date.add(noon, -vars.look_back, 'days', zone), 'MM/dd/yyyy', zone),
    gateway_to = date.format(date.add(noon, 1, 'days', zone), 'MM/dd/yyyy', zone),
    ledger_from = date.format(date.add(noon, -vars.look_back, 'days', zone), 'yyyy-MM-dd', zone),
  }
end

local function optional(value)
  if value == nil or value == null or value == '' then return nil end
  return tostring(value)
end

-- 'MM/dd/yyyy hh:mm:ss AM' is a day of the account's time zone.
local function settled_day(text)
  text = optional(text)
  local month, day, year = (text or ''):match('^(%d+)/(%d+)/(%d%d%d%d)')
  if year == nil then return nil end
  return string.format('%s-%02d-%02d', year, tonumber(month), tonumber(day))
end

-- An amount is never rounded: what has more digits than its currency is a question.
local function exact(value, currency, what)
  local amount = decimal(value):round(money.digits(currency), 'half_up')
  if amount ~= decimal(value) then
    error(what .. ' has more digits than ' .. currency .. ' has: ' .. tostring(value), 0)
  end
  return amount
end

-- What the gateway paid out for this day.
function M.settled(transactions, day, vars)
  local lines = array()
  for _, t in ipairs(transactions) do
    if settled_day(t.settled) == day then
      local amount = exact(t.amount, vars.currency, 'transaction ' .. tostring(t.transaction_id))
      if tostring(t.transaction_type):upper():find('REFUND', 1, true) then amount = -amount end
      lines[#lines + 1] = {
        transaction = tostring(t.transaction_id), amount = amount, currency = vars.currency,
        date = day,
        customer = optional(t.customer_id), order = optional(t.invoice_id),
      }
    end
  end
  return lines
end

-- What was posted and is not paid out yet.
function M.booked(rows, vars)
  local lines = array()
  for _, row in ipairs(rows) do
    local amount = decimal(row.new_amount):round(2, 'half_up')
    if row.new_direction == 'debit' then amount = -amount end
    lines[#lines + 1] = {
      transaction = tostring(row.new_paytracetransactionid), amount = amount,
      currency = optional(row.new_currency) or vars.currency,
      date = tostring(row.new_paymentdate):sub(1, 10),
      customer = optional(row.new_customerid), order = optional(row.new_orderid),
    }
  end
  return lines
end

local function sum(lines, side)
  local total = decimal('0.00')
  for _, line in ipairs(lines) do
    local one = line
    if side ~= nil then one = line[side] end
    if one.amount ~= nil then
      total = total + one.amount
    else
      for _, part in ipairs(one) do total = total + part.amount end
    end
  end
  return total
end

local function line_of(entry) return entry.line or entry end

-- Booked lines that were not paid out: young ones are on their way, old ones are open.
local function waiting(lines, day, vars)
  local young, old = array(), array()
  for _, entry in ipairs(lines) do
    local line = line_of(entry)
    if date.diff(line.date .. 'T12:00:00Z', day .. 'T12:00:00Z', 'days') < vars.grace then
      young[#young + 1] = line
    else
      old[#old + 1] = line
    end
  end
  return young, old
end

local function magnitude(lines)
  local total = decimal('0.00')
  for _, entry in ipairs(lines) do
    local amount = line_of(entry).amount
    total = total + (amount < 0 and -amount or amount)
  end
  return total
end

local function left_lines(entries)
  local lines = array()
  for _, entry in ipairs(entries) do
    for _, part in ipairs(entry.left) do lines[#lines + 1] = line_of(part) end
  end
  return lines
end

-- Counts and sums, and what is open: lines only here, only there, differing, or merely alike.
function M.result(compare, settled, day, vars)
  local young, old = waiting(compare.unmatched_right, day, vars)
  local matched = left_lines(compare.matched)
  local differing, proposed = left_lines(compare.differences), left_lines(compare.proposed)
  local only = array()
  for _, entry in ipairs(compare.unmatched_left) do only[#only + 1] = line_of(entry) end
  return {
    settled = { count = #settled, sum = sum(settled) },
    matched = { count = #matched, sum = sum(matched) },
    waiting = { count = #young, sum = sum(young) },
    overdue = { count = #old, sum = sum(old) },
    open = #only + #differing + #proposed + #old,
    open_sum = magnitude(only) + magnitude(differing) + magnitude(proposed) + magnitude(old),
    accounted = sum(matched) + sum(only) + sum(differing) + sum(proposed),
    old = old,
  }
end

-- Changes for the ledger, a thousand at a time.
function M.changes(matched, day)
  local chunks, chunk = array(), array()
  for _, line in ipairs(left_lines(matched)) do
    chunk[#chunk + 1] = { ['do'] = 'upsert', table = 'new_payments',
      key = { new_paytracetransactionid = line.transaction }, row = { new_settlementdate = day } }
    if #chunk == 1000 then
      chunks[#chunks + 1] = chunk
      chunk = array()
    end
  end
  if #chunk > 0 then chunks[#chunks + 1] = chunk end
  return chunks
end

-- What the person looks at.
function M.task(compare, result)
  return {
    only_at_the_gateway = compare.unmatched_left, differing = compare.differences,
    alike = compare.proposed, overdue_in_the_ledger = result.old, totals = compare.totals,
  }
end

return M
