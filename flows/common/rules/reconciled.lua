-- What came of two lists that were compared line by line (transform.reconcile), as settlements see
-- it: the left side is what the gateway paid out, the right side the books. Amounts are signed:
-- what was given back is below zero on both sides.
local M = {}

-- Which day: the one before the schedule's moment, in the zone of the books; by hand the one given.
function M.date(trigger, zone)
  local body = trigger.body
  if isnull(body) or isnull(body.day) then
    return date.format(date.add(trigger.slot, -1, 'days', zone), 'yyyy-MM-dd', zone)
  end
  local day = tostring(body.day)
  if not day:find('^%d%d%d%d%-%d%d%-%d%d$') then
    error('day must be like 2026-11-20, not ' .. day, 0)
  end
  return day
end

-- The day, and from when to when both sides are asked. What is settled was taken some days before.
function M.day(trigger, vars)
  local day = M.date(trigger, vars.timezone)
  local noon = day .. 'T12:00:00Z'
  return {
    day = day, gateway_from = date.format(date.add(noon, -vars.look_back, 'days'), 'MM/dd/yyyy'),
    gateway_to = date.format(date.add(noon, 1, 'days'), 'MM/dd/yyyy'),
    books_from = date.format(date.add(noon, -vars.look_back, 'days'), 'yyyy-MM-dd'),
  }
end

-- How many days old a line is on that day.
function M.age(line, day)
  return date.diff(line.date .. 'T12:00:00Z', day .. 'T12:00:00Z', 'days')
end

-- Lines of one side of groups, or of a list of single ones.
function M.lines(entries, side)
  local lines = array()
  for _, entry in ipairs(entries) do
    for _, part in ipairs(entry[side] or { entry }) do
      lines[#lines + 1] = part.line or part
    end
  end
  return lines
end

-- `currency`: of those in another one nothing.
function M.sum(lines, currency)
  local total = decimal('0.00')
  for _, line in ipairs(lines) do
    if currency == nil or (line.currency or currency) == currency then
      total = total + line.amount
    end
  end
  return total
end

-- How many lines; one that stands for all that agrees on a page says how many those are.
function M.count(lines)
  local count = 0
  for _, line in ipairs(lines) do count = count + (line.lines or 1) end
  return count
end

local function total(lines)
  return { count = M.count(lines), sum = M.sum(lines) }
end

-- The same without signs.
function M.size(lines)
  local total = decimal('0.00')
  for _, line in ipairs(lines) do
    total = total + (line.amount < 0 and -line.amount or line.amount)
  end
  return total
end

-- Groups of both sides: how much they are about, by the larger side of each.
local function group_size(entries)
  local total = decimal('0.00')
  for _, entry in ipairs(entries) do
    local left, right = M.size(M.lines({ entry }, 'left')), M.size(M.lines({ entry }, 'right'))
    total = total + (left > right and left or right)
  end
  return total
end

-- What is open: how many, how much (`size`), and what the two sides are apart in it, in `currency`:
-- 100 EUR make up for no 100 USD. `groups` are lists of both sides' groups, `only` are lines of the
-- gateway, `books` lines of the books.
function M.open(groups, only, books, currency)
  local open = { count = #only + #books, size = M.size(only) + M.size(books),
    difference = M.sum(only, currency) - M.sum(books, currency) }
  for _, entries in ipairs(groups) do
    open.count = open.count + #M.lines(entries, 'left')
    open.size = open.size + group_size(entries)
    open.difference = open.difference + M.sum(M.lines(entries, 'left'), currency)
      - M.sum(M.lines(entries, 'right'), currency)
  end
  return open
end

-- Lines of the books that were not paid out: `young` says which of them are on their way.
function M.waiting(entries, young)
  local waits, open = array(), array()
  for _, line in ipairs(M.lines(entries)) do
    local list = young(line) and waits or open
    list[#list + 1] = line
  end
  return waits, open
end

-- Counts and sums of a day, and what is open of it: lines only here, only there (`old`), differing,
-- or merely alike. What was settled and what is accounted for must come to the same. `settled` are
-- its lines or {count, sum} of them, in `currency`; `passed` are further ones that wait, {count,
-- sum}.
function M.result(compare, settled, currency, waits, old, passed)
  local matched, only = M.lines(compare.matched, 'left'), M.lines(compare.unmatched_left)
  local differing, alike = M.lines(compare.differences, 'left'), M.lines(compare.proposed, 'left')
  local open = M.open({ compare.differences, compare.proposed }, only, old, currency)
  local waiting = total(waits)
  if passed ~= nil then
    waiting = { count = waiting.count + passed.count, sum = waiting.sum + passed.sum }
  end
  return {
    settled = settled.sum and { count = settled.count, sum = settled.sum } or total(settled),
    matched = total(matched),
    in_the_books = M.sum(M.lines(compare.matched, 'right')),
    waiting = waiting, overdue = total(old),
    open = open.count, open_sum = open.size, difference = open.difference,
    accounted = M.sum(matched) + M.sum(only) + M.sum(differing) + M.sum(alike),
    old = old,
  }
end

-- What the person looks at.
function M.task(compare, result)
  return {
    only_at_the_gateway = compare.unmatched_left, only_in_the_books = result.old,
    differing = compare.differences, alike = compare.proposed, totals = compare.totals,
  }
end

return M
