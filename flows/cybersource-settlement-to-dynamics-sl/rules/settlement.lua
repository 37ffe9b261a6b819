-- What Cybersource settled on a day, line by line against the documents of Dynamics SL, and what it
-- paid out as entries of the general ledger. Amounts are signed: what was given back is below zero.
local money_rules = require('rules.money')
local periods = require('rules.periods')
local M = {}

local function midnight(day, days, zone)
  local noon = date.parse(day .. 'T12:00:00', nil, zone)
  return date.parse(date.format(date.add(noon, days, 'days', zone), 'yyyy-MM-dd', zone)
    .. 'T00:00:00', nil, zone)
end

-- The day before the schedule's moment, by hand the day that is given; and the days around it. A
-- document has `grace` days to be settled: those of the day `judged` have had them.
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
  local days = array()
  for back = vars.grace, 0, -1 do
    days[#days + 1] = date.format(midnight(day, -back, zone), 'yyyy-MM-dd', zone)
  end
  return {
    day = day, days = days, judged = days[1],
    start_time = date.iso(midnight(day, 0, zone)), end_time = date.iso(midnight(day, 1, zone)),
    ledger_from = date.format(midnight(day, -vars.look_back, zone), 'yyyy-MM-dd', zone),
    reference = 'CS' .. day:gsub('-', ''),
  }
end

local function trimmed(value)
  if value == nil or value == null then return '' end
  return text.trim(tostring(value))
end

local function one_of(value, list)
  for _, name in ipairs(list) do
    if name == value then return true end
  end
  return false
end

-- Lines of the reports, each with the day of its report. What is neither taken nor given back is
-- left out.
function M.settled(reports, vars)
  local lines, c = array(), vars.columns
  for _, report in ipairs(reports) do
    for _, row in ipairs(report.rows) do
      local kind = trimmed(row[c.kind])
      local back = one_of(kind, vars.back)
      if back or one_of(kind, vars.taken) then
        local currency = money_rules.currency(trimmed(row[c.currency]))
        local amount = money_rules.amount(trimmed(row[c.amount]), currency)
        lines[#lines + 1] = {
          id = trimmed(row[c.id]), amount = back and -amount or amount, currency = currency,
          order = trimmed(row[c.order]), settled = report.day,
        }
      end
    end
  end
  return lines
end

-- Documents of Dynamics SL that the gateway made: payments, and credit memos that are refunds.
function M.booked(rows, vars)
  local lines = array()
  for _, row in ipairs(rows) do
    local kind, id = trimmed(row.DocType), trimmed(row.User1)
    local memo = kind == 'CM' and not id:find('%-C$')
    if id ~= '' and (kind == 'PA' or memo) then
      local amount = decimal(row.CuryOrigDocAmt):round(money.digits(vars.currency), 'half_up')
      lines[#lines + 1] = {
        id = id, amount = memo and -amount or amount, currency = vars.currency,
        order = trimmed(row.CustOrdNbr), date = trimmed(row.DocDate):sub(1, 10),
        document = kind .. ' ' .. trimmed(row.RefNbr),
      }
    end
  end
  return lines
end

local function line_of(entry) return entry.line or entry end

local function lefts(entries, day)
  local lines = array()
  for _, entry in ipairs(entries) do
    for _, part in ipairs(entry.left or { entry }) do
      local line = line_of(part)
      if line.settled == day then lines[#lines + 1] = line end
    end
  end
  return lines
end

local function sum(lines)
  local total, size = decimal('0.00'), decimal('0.00')
  for _, line in ipairs(lines) do
    total = total + line.amount
    size = size + (line.amount < 0 and -line.amount or line.amount)
  end
  return total, size
end

-- What of the day agrees, and what is open: only at the gateway, differing, or overdue in the
-- ledger.
function M.result(compare, settled, day)
  local matched, differing = lefts(compare.matched, day.day), lefts(compare.differences, day.day)
  local only, overdue = lefts(compare.unmatched_left, day.day), array()
  for _, entry in ipairs(compare.unmatched_right) do
    local line = line_of(entry)
    if line.date == day.judged then overdue[#overdue + 1] = line end
  end
  local all = lefts(settled, day.day)
  local _, size = sum(differing)
  local _, more = sum(only)
  local _, late = sum(overdue)
  return {
    settled = { count = #all, sum = (sum(all)) },
    matched = { count = #matched, sum = (sum(matched)) },
    accounted = (sum(matched)) + (sum(differing)) + (sum(only)),
    open = #differing + #only + #overdue, open_sum = size + more + late,
    differing = differing, only_at_the_gateway = only, overdue_in_the_ledger = overdue,
  }
end

local function total_of(list, currency)
  local total = decimal(0):round(money.digits(currency))
  for _, one in ipairs(type(list) == 'table' and list or {}) do
    if one.currency ~= currency then
      return nil, 'the report is in ' .. tostring(one.currency)
        .. ' too, which has no accounts here'
    end
    total = total + decimal(one.value)
  end
  return total
end

local parts = {
  { name = 'purchases', field = 'totalPurchases' }, { name = 'refunds', field = 'totalRefunds' },
  { name = 'fees', field = 'totalFees' }, { name = 'chargebacks', field = 'totalChargebacks' },
}

-- What was paid out, and the lines of its entry; or why there can be none.
function M.funding(report, vars)
  local out, net = {}, nil
  for _, part in ipairs(parts) do
    local total, problem = total_of(report[part.field], vars.currency)
    if problem then return { problem = problem } end
    if total < 0 then total = -total end
    out[part.name] = total
  end
  local told, problem = total_of(report.netTotal, vars.currency)
  if problem then return { problem = problem } end
  net = out.purchases - out.refunds - out.fees - out.chargebacks
  out.net = told
  if net ~= told then
    out.problem = 'the parts give ' .. tostring(net) .. ', but ' .. tostring(told)
      .. ' was paid out'
    return out
  end
  out.lines = M.lines(out, vars)
  out.settlement = M.statement(out, vars)
  return out
end

-- What was paid out and what it was made of, for who looks at the settlement.
function M.statement(out, vars)
  local made = array()
  for _, part in ipairs(parts) do
    local amount = out[part.name]
    made[#made + 1] = { name = part.name, amount = part.name == 'purchases' and amount or -amount }
  end
  return { currency = vars.currency, net = out.net, parts = made }
end

-- Purchases are a credit, all else a debit; a net below zero turns to the other side.
function M.lines(out, vars)
  local lines = array()
  for _, name in ipairs({ 'net', 'fees', 'refunds', 'chargebacks', 'purchases' }) do
    local amount = out[name]
    if amount ~= 0 then
      local row = lookup('settlement_accounts', name, vars.currency)
      local line = { part = name, account = row.account, sub = row.sub }
      if name == 'purchases' or amount < 0 then
        line.credit = amount < 0 and -amount or amount
      else
        line.debit = amount
      end
      lines[#lines + 1] = line
    end
  end
  return lines
end

-- The day and period of this try; a day that a person filled in goes first.
function M.try(day, previous, vars)
  local booked = money_rules.optional(previous and previous.day)
  if booked == nil then
    local found = periods.book(day.day, vars.closed_period)
    if found.problem then return { problem = found.problem } end
    booked = found.day
  end
  local fiscal = date.fiscal(booked, { start = vars.fiscal_start })
  return { day = booked, period = string.format('%04d%02d', fiscal.year, fiscal.period) }
end

function M.debits(lines)
  local total = decimal('0.00')
  for _, line in ipairs(lines or {}) do total = total + (line.debit or decimal(0)) end
  return total
end

-- The batch that is saved: one line for each part.
function M.batch(screen, template, funding, day, try)
  local trans, total = array(), M.debits(funding.lines)
  for i, line in ipairs(funding.lines) do
    trans[i] = merge(template, {
      Acct = line.account, Sub = line.sub, CuryDrAmt = line.debit or decimal('0.00'),
      DrAmt = line.debit or decimal('0.00'), CuryCrAmt = line.credit or decimal('0.00'),
      CrAmt = line.credit or decimal('0.00'), TranDate = try.day .. 'T00:00:00',
      PerPost = try.period,
      TranDesc = 'Cybersource ' .. line.part, RefNbr = day.reference, ExtRefNbr = day.day,
      LineId = i, LineNbr = i,
    })
  end
  return merge(screen, {
    myBatch = merge(screen.myBatch, {
      CuryCrTot = total, CuryDrTot = total, CuryCtrlTot = total, CrTot = total, DrTot = total,
      CtrlTot = total, PerPost = try.period, Descr = 'Cybersource ' .. day.day,
    }),
    myGLTran = { GLTran = trans },
  })
end

local function debit_sum(rows)
  local total = decimal('0.00')
  for _, row in ipairs(rows) do total = total + decimal(row.CuryDrAmt):round(2, 'half_up') end
  return total
end

-- What stands in the general ledger, from what SL answered.
function M.saved(step)
  local screen = step and step.body and step.body.editScreenResult
  if screen == nil then return nil end
  return { batch = trimmed(screen.myBatch.BatNbr), debits = debit_sum(screen.myGLTran.GLTran) }
end

-- The entry that was made before; nil if there is none.
function M.posted(rows)
  if #rows == 0 then return nil end
  return { batch = trimmed(rows[1].BatNbr), debits = debit_sum(rows) }
end

function M.wanted(steps) return steps.entry and M.debits(steps.funding.lines) or decimal(0) end

return M
