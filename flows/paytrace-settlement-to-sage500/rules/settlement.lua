-- A day that PayTrace settled against the books of Sage 500: how lines of both sides are
-- written alike, and what of them is open. Amounts are signed: what was given back is below zero.
local days = require('rules.days')
local money_rules = require('rules.money')
local paged = require('rules.paged')
local paytrace = require('rules.paytrace')
local reconciled = require('rules.reconciled')
local sage = require('rules.sage500')
local M = {}

-- Transactions by their id; what was declined or voided moves no money.
local function money_moved(row)
  local type = tostring(row.transaction_type):upper()
  return (type == 'SALE' or type == 'REFUND')
    and not text.lower(tostring(row.status_message)):find('declin', 1, true)
end

-- What PayTrace paid out for the day, of a page of its transactions.
local function settled(transactions, day, vars)
  local lines = array()
  for _, row in ipairs(transactions) do
    if money_moved(row) and days.said(row.settled) == day then
      lines[#lines + 1] = {
        transaction = tostring(row.transaction_id),
        amount = paytrace.amount(row, vars.currency), currency = vars.currency,
        date = day, customer = money_rules.optional(row.customer_id),
        order = sage.tran_no(row.invoice_id) or money_rules.optional(row.invoice_id),
      }
    end
  end
  return lines
end

-- The same, and where in the books they are looked for first: where the last of those before were
-- found, for both files are about in the order of the transactions.
function M.moved(previous, transactions, day, vars)
  return { lines = settled(transactions, day, vars),
    place = previous and previous.place or { file = 1 } }
end

-- A document of the books. Its amount is below zero when something was given back.
local function booked(row)
  return {
    transaction = sage.transaction(row.reference), amount = sage.amount(row.TranAmt),
    currency = row.CurrID, date = tostring(row.TranDate):sub(1, 10), customer = row.CustID,
    document = row.TranNo,
  }
end

-- Of lines that PayTrace paid out, the documents on this page of the books. A line is looked for
-- until all of its documents were there: one that was entered twice has two.
function M.booked(previous, steps)
  local from = previous or steps.moved.place
  local lines = previous and previous.lines or steps.moved.lines
  local wanted, times, complete, found = {}, {}, {}, array()
  for _, line in ipairs(lines) do wanted[line.transaction] = true end
  for _, one in ipairs(previous and previous.found or array()) do
    found[#found + 1] = one
    times[one.transaction] = (times[one.transaction] or 0) + 1
  end
  for _, row in ipairs(steps.entries.items) do
    local id = sage.transaction(row.reference)
    if id ~= nil and wanted[id] then
      found[#found + 1] = booked(row)
      times[id] = (times[id] or 0) + 1
      complete[id] = times[id] >= row.Documents
    end
  end
  local sought = paged.sought(lines, 'transaction', complete, from, steps.moved.place,
    steps.entries, 1)
  sought.found = found
  return sought
end

-- A page of PayTrace together with those before it; one without lines of the day changes nothing.
function M.joined(previous, steps, index)
  local all = paged.joined(previous, steps.moved.lines, steps.part, index, steps.page.next)
  all.place = steps.booked and steps.booked.place or steps.moved.place
  return all
end

-- A page of the books, but for what somebody has written into a comment.
function M.due(previous, rows)
  local lines = array()
  for _, row in ipairs(rows) do
    if sage.transaction(row.reference) ~= nil then lines[#lines + 1] = booked(row) end
  end
  return { lines = lines, place = previous and previous.place or { file = 1 } }
end

local function with(line, state)
  local one = { state = state }
  for name, value in pairs(line) do one[name] = value end
  return one
end

-- A document whose transaction stands so, if it is open: what was settled is not, on whichever day.
local function open(line, transaction)
  if not money_moved(transaction) then return with(line, 'taken back') end
  if not paytrace.is_settled(transaction) then return with(line, 'on its way') end
  return nil
end

-- Of a page of the books, what this page of PayTrace says of it: what is not settled is `open`, and
-- what it does not have is left.
function M.left(previous, steps)
  local lines, known = previous and previous.lines or steps.due.lines, {}
  local all = array()
  for at, line in ipairs(previous and previous.open or array()) do all[at] = line end
  for _, row in ipairs(steps.exported.items) do known[tostring(row.transaction_id)] = row end
  for _, line in ipairs(lines) do
    local transaction = known[line.transaction]
    if transaction ~= nil then all[#all + 1] = open(line, transaction) end
  end
  local sought = paged.sought(lines, 'transaction', known, previous or steps.due.place,
    steps.due.place, steps.exported, 1)
  sought.open = all
  return sought
end

-- Of what is in the books and was not paid out, young lines are on their way, all others are open.
local function young(line, day, vars)
  return line.state == 'on its way' and reconciled.age(line, day) < vars.grace
end

-- A page of the books together with those before it: what is open of it, and `strangers`, which are
-- not among the transactions of the days that were asked for.
function M.rest(previous, steps, vars)
  local rest = paged.rest(previous, steps.stands.open, steps.pages, steps.some.next,
    function(line) return young(line, steps.day.day, vars) end)
  local strangers = array()
  for _, list in ipairs({ previous and previous.strangers or array(), steps.stands.lines }) do
    for _, line in ipairs(list) do strangers[#strangers + 1] = line end
  end
  rest.strangers, rest.place = strangers, steps.stands.place
  return rest
end

function M.too_many(pages, rest, vars)
  return paged.too_many(pages, vars.most - (rest and #rest.strangers or 0), rest and rest.lines)
end

-- The numbers of strangers.
function M.numbers(strangers)
  local numbers = array()
  for at, line in ipairs(strangers) do numbers[at] = decimal(line.transaction):int() end
  return numbers
end

-- The day: its sums, and both sides as lists. `found` are the strangers, asked for one by one: one
-- that was settled on another day is left out.
function M.lines(pages, rest, found, day)
  local known, books = {}, array()
  for _, one in ipairs(found) do
    if not isnull(one.transaction) then
      known[tostring(one.transaction.transaction_id)] = one.transaction
    end
  end
  for at, line in ipairs(rest.lines) do books[at] = line end
  for _, line in ipairs(rest.strangers) do
    local transaction = known[line.transaction]
    if transaction == nil then
      books[#books + 1] = with(line, 'unknown')
    elseif days.said(transaction.settled) == day then
      books[#books + 1] = with(line, 'settled')
    else
      books[#books + 1] = open(line, transaction)
    end
  end
  return paged.settled(pages, books)
end

-- Counts and sums, what is open, and what was paid out.
function M.result(compare, lines, rest, day, vars)
  local waits, old = reconciled.waiting(compare.unmatched_right, function(line)
    return young(line, day, vars)
  end)
  local result = reconciled.result(compare, lines, vars.currency, waits, old, rest)
  result.settlement = paged.statement(lines, vars)
  return result
end

function M.letter(steps, vars)
  local result, day = steps.result, steps.day.day
  return {
    what = 'PayTrace settled ' .. tostring(result.settled.sum) .. ' ' .. vars.currency .. ' on '
      .. day,
    details = 'To be deposited: ' .. tostring(result.settled.sum) .. ' ' .. vars.currency .. ' of '
      .. result.settled.count .. ' transactions.\nIn the books: '
      .. result.matched.count .. ', ' .. tostring(result.matched.sum) .. '.\nOn their way: '
      .. result.waiting.count .. ', ' .. tostring(result.waiting.sum) .. '.\nNot agreeing: '
      .. result.open .. ', ' .. tostring(result.open_sum)
      .. (result.open > 0 and '. A task waits in the review queue.' or '.'),
  }
end

return M
