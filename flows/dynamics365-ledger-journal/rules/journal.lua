-- One general journal of Finance & Operations: its lines, which of them are there, and what counts
-- as the same. A line is {account, offset, debit or credit, text}; amounts are of its account.
local money_rules = require('rules.money')
local M = {}

local function zero(currency) return decimal(0):round(money.digits(currency) or 2) end

local function amount_of(line) return decimal(line.debit or line.credit or 0) end

-- The text by which the journal is found again.
function M.description(asked) return 'Weft ' .. asked.reference end

function M.total(lines)
  local total = decimal(0)
  for at, line in ipairs(lines) do
    if (line.debit == nil) == (line.credit == nil) then
      error('line ' .. at .. ' must have a debit or a credit', 0)
    end
    total = total + amount_of(line)
  end
  return total
end

-- The journal that is there: {number, posted}.
function M.found(journals)
  if #journals > 1 then
    local numbers = {}
    for at, each in ipairs(journals) do numbers[at] = tostring(each.JournalBatchNumber) end
    error('several journals have the text ' .. tostring(journals[1].Description) .. ': '
      .. table.concat(numbers, ', '), 0)
  end
  return { number = tostring(journals[1].JournalBatchNumber),
    posted = journals[1].IsPosted == 'Yes' }
end

local function ours(row, asked)
  return tostring(row.Document):sub(1, #asked.reference + 1) == asked.reference .. '-'
end

-- On which day the lines stand that are there already; nil: there is none. An entry has one day,
-- and that was decided when its first line was added, by the rule or by a person.
function M.day(rows, asked)
  for _, row in ipairs(rows) do
    local day = ours(row, asked) and money_rules.optional(row.TransDate)
    if day then return day:sub(1, 10) end
  end
  return nil
end

-- Which journal it is, and its day: {number, day, posted, again}.
function M.journal(steps, asked)
  local found = steps.found
  local decided = steps.which_day and steps.which_day.data.day
    or steps.period and steps.period.day or M.day(steps.there.items, asked)
  if found == nil then
    return { number = tostring(steps.made.JournalBatchNumber), posted = false, again = false,
      day = decided }
  end
  return merge(found, { again = true, day = decided })
end

local function amounts(row)
  local debit = money_rules.optional(row.DebitAmount)
  local credit = money_rules.optional(row.CreditAmount)
  return decimal(debit or 0), decimal(credit or 0)
end

local function same(row, line, currency)
  local debit, credit = amounts(row)
  return row.AccountDisplayValue == line.account and row.CurrencyCode == currency
    and debit == decimal(line.debit or 0) and credit == decimal(line.credit or 0)
end

-- The lines that are not in the journal yet. What stands there under the document of a line must be
-- that line; a posted journal takes none.
function M.missing(rows, journal, asked)
  local there, missing = {}, array()
  for _, row in ipairs(rows or array()) do there[tostring(row.Document)] = row end
  for at, line in ipairs(asked.lines) do
    local document = asked.reference .. '-' .. at
    local row, what = there[document], 'journal ' .. journal.number .. ': '
    if row ~= nil and not same(row, line, asked.currency) then
      error(what .. document .. ' stands there with another account or amount', 0)
    end
    if row == nil and journal.posted then
      error(what .. 'it is posted without ' .. document, 0)
    end
    if row == nil then
      missing[#missing + 1] = merge(line, { document = document,
        text = text.cut(line.text or M.description(asked), 60),
        offset_type = line.offset_type or 'Ledger' })
    end
  end
  return missing
end

-- What stands in the journal now of what was asked for.
function M.result(steps, asked)
  local total = zero(asked.currency)
  for _, list in ipairs({ steps.there and steps.there.items or array(), steps.added }) do
    for _, row in ipairs(list) do
      local debit, credit = amounts(row)
      if ours(row, asked) then total = total + debit + credit end
    end
  end
  total = money_rules.digits(total, money.digits(asked.currency) or 2)
  return { journal = steps.journal.number, debits = total, again = steps.journal.again }
end

return M
