-- What Cybersource settled on a day, line by line against the documents of Dynamics SL, and what it
-- paid out as entries of the general ledger. Amounts are signed: what was given back is below zero.
local money_rules = require('rules.money')
local reconciled = require('rules.reconciled')
local M = {}

local function midnight(day, days, zone)
  local noon = date.parse(day .. 'T12:00:00', nil, zone)
  return date.parse(date.format(date.add(noon, days, 'days', zone), 'yyyy-MM-dd', zone)
    .. 'T00:00:00', nil, zone)
end

-- The day before the schedule's moment, by hand the day that is given; and the days around it. A
-- document has `grace` days to be settled: those of the day `judged` have had them.
function M.day(trigger, vars)
  local zone, day = vars.timezone, reconciled.date(trigger, vars.timezone)
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
      local amount = money_rules.digits(trimmed(row.CuryOrigDocAmt), money.digits(vars.currency))
      lines[#lines + 1] = {
        id = id, amount = memo and -amount or amount, currency = vars.currency,
        order = trimmed(row.CustOrdNbr), date = trimmed(row.DocDate):sub(1, 10),
        document = kind .. ' ' .. trimmed(row.RefNbr),
      }
    end
  end
  return lines
end

-- Entries of which the gateway's lines are of that day, and those lines.
local function of_day(entries, day)
  local found, lines = array(), array()
  for _, entry in ipairs(entries) do
    local own = array()
    for _, line in ipairs(reconciled.lines({ entry }, 'left')) do
      if line.settled == day then own[#own + 1] = line end
    end
    if #own > 0 then found[#found + 1] = entry end
    for _, line in ipairs(own) do lines[#lines + 1] = line end
  end
  return found, lines
end

-- What of the day agrees, and what is open: only at the gateway, differing, or overdue in the
-- ledger.
function M.result(compare, settled, day)
  local _, matched = of_day(compare.matched, day.day)
  local groups, differing = of_day(compare.differences, day.day)
  local _, only = of_day(compare.unmatched_left, day.day)
  local overdue = reconciled.waiting(compare.unmatched_right, function(line)
    return line.date == day.judged
  end)
  local _, all = of_day(settled, day.day)
  local open = reconciled.open({ groups }, only, overdue)
  return {
    settled = { count = #all, sum = reconciled.sum(all) },
    matched = { count = #matched, sum = reconciled.sum(matched) },
    accounted = reconciled.sum(matched) + reconciled.sum(differing) + reconciled.sum(only),
    open = open.count, open_sum = open.size, difference = open.difference,
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

local function account_of(part, currency)
  local row = lookup('settlement_accounts', part, currency)
  return row.account .. '-' .. row.sub
end

-- Purchases are a credit, all else a debit; a net below zero turns to the other side.
function M.lines(out, vars)
  local lines = array()
  for _, name in ipairs({ 'net', 'fees', 'refunds', 'chargebacks', 'purchases' }) do
    local amount = out[name]
    if amount ~= 0 then
      local line = { account = account_of(name, vars.currency), text = 'Cybersource ' .. name }
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

-- The account of payments that are on their way, which adjustments go through.
function M.clearing(vars) return account_of('purchases', vars.currency) end

-- What is to stand in the general ledger, if there is an entry.
function M.wanted(steps)
  local total = decimal('0.00')
  if steps.entry == nil then return total end
  for _, line in ipairs(steps.funding.lines) do total = total + (line.debit or decimal(0)) end
  return total
end

return M
