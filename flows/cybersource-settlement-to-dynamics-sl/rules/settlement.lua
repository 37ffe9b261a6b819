-- What Cybersource settled on a day, line by line against the documents of Dynamics SL, and what it
-- paid out as entries of the general ledger. Amounts are signed: what was given back is below zero.
local money_rules = require('rules.money')
local paged = require('rules.paged')
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

-- The text of a page of a report: the names of its columns, which are on its first page behind
-- `vars.skip` lines, and its rows.
function M.text(previous, lines, vars)
  local header, first = previous and previous.header, 1
  if isnull(header) then header, first = lines[vars.skip + 1] or '', vars.skip + 2 end
  return header .. '\n' .. table.concat(lines, '\n', first)
end

local function header_of(previous, lines, vars)
  return previous and previous.header or lines[vars.skip + 1]
end

-- 'taken' or 'back'; nil of what moves no money.
local function kind_of(row, vars)
  local kind = trimmed(row[vars.columns.kind])
  return one_of(kind, vars.back) and 'back' or one_of(kind, vars.taken) and 'taken' or nil
end

-- Lines of a page of the report. What is neither taken nor given back is left out.
function M.settled(rows, day, vars)
  local lines, c = array(), vars.columns
  for _, row in ipairs(rows) do
    local kind = kind_of(row, vars)
    if kind ~= nil then
      local currency = money_rules.currency(trimmed(row[c.currency]))
      local amount = money_rules.amount(trimmed(row[c.amount]), currency)
      lines[#lines + 1] = {
        id = trimmed(row[c.id]), amount = kind == 'back' and -amount or amount,
        currency = currency, order = trimmed(row[c.order]), settled = day,
      }
    end
  end
  return lines
end

-- Ids for filters, `size` at a time: '1,2,3'.
function M.ids(lines, size)
  local all = array()
  for at, chunk in ipairs(paged.chunks(paged.numbers(lines, 'id'), size)) do
    all[at] = table.concat(chunk, ',')
  end
  return all
end

-- A page together with those before it.
function M.joined(previous, steps, index, vars)
  local all = paged.joined(previous, steps.moved, steps.part, index, steps.page.next)
  all.header = header_of(previous, steps.page.lines, vars)
  return all
end

-- Documents of Dynamics SL that the gateway made: payments, and credit memos that are refunds.
function M.booked(rows, vars)
  local lines = array()
  for _, row in ipairs(rows) do
    local kind, id = trimmed(row.DocType), trimmed(row.User1)
    local memo = kind == 'CM' and not id:find('%-C$')
    if id ~= '' and (kind == 'PA' or memo) then
      local currency = money_rules.optional(trimmed(row.CuryId)) or vars.currency
      local digits = money.digits(currency) or 2
      local amount = money_rules.digits(trimmed(row.CuryOrigDocAmt), digits)
      lines[#lines + 1] = {
        id = id, amount = memo and -amount or amount, currency = currency,
        order = trimmed(row.CustOrdNbr), date = trimmed(row.DocDate):sub(1, 10),
        document = kind .. ' ' .. trimmed(row.RefNbr),
      }
    end
  end
  return lines
end

-- The same of several answers.
function M.booked_of(answers, vars)
  local lines = array()
  for _, rows in ipairs(answers) do
    for _, line in ipairs(M.booked(rows, vars)) do lines[#lines + 1] = line end
  end
  return lines
end

-- Documents that are due, and where in the reports they are looked for first: where the last of
-- those before were found, for both are about in the order of time.
function M.due(previous, rows, vars)
  return { lines = M.booked(rows, vars), place = previous and previous.place or { file = 1 } }
end

-- Of the documents that are due, those that no page of the reports has up to this one, and where
-- the next page is.
function M.left(previous, steps, vars)
  local from, settled = previous or steps.due.place, {}
  for _, row in ipairs(steps.settled_there.rows) do
    if kind_of(row, vars) then settled[trimmed(row[vars.columns.id])] = true end
  end
  local left = paged.sought(previous and previous.lines or steps.due.lines, 'id', settled, from,
    steps.due.place, steps.piece, #steps.reports)
  left.place.header = from.header
  if not isnull(left.next) then left.header = header_of(from, steps.piece.lines, vars) end
  return left
end

-- Documents that were not settled in their days, a page of them together with those before it.
function M.overdue(previous, sought, next)
  local lines = array()
  for _, list in ipairs({ previous and previous.lines or array(), sought.lines }) do
    for _, line in ipairs(list) do lines[#lines + 1] = line end
  end
  return { next = next, lines = lines, place = sought.place }
end

-- The files of the run.
function M.files(steps)
  local files = array()
  for at, report in ipairs(steps.reports) do files[at] = report.path end
  files[#files + 1] = steps.docs.file.path
  return files
end

-- What of the day agrees, and what is open: only at the gateway, differing, or overdue in the
-- ledger.
function M.result(compare, settled, vars)
  local matched = reconciled.lines(compare.matched, 'left')
  local differing = reconciled.lines(compare.differences, 'left')
  local only = reconciled.lines(compare.unmatched_left)
  local overdue = reconciled.lines(compare.unmatched_right)
  local open = reconciled.open({ compare.differences }, only, overdue, vars.currency)
  return {
    settled = { count = settled.count, sum = settled.sum },
    matched = { count = reconciled.count(matched), sum = reconciled.sum(matched) },
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
  out.settlement = M.statement(out, vars)
  if net ~= told then
    out.problem = 'the parts give ' .. tostring(net) .. ', but ' .. tostring(told)
      .. ' was paid out'
    return out
  end
  out.lines = M.lines(out, vars)
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
