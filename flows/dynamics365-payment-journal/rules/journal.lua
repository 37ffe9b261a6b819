-- One line of a customer payment journal: its accounts by rule, and what counts as the same line.
local money_rules = require('rules.money')
local M = {}

function M.wanted(asked) return money_rules.amount(asked.amount, asked.currency) end

-- The number of a journal that is not posted; nil: there is none.
function M.open(journals)
  for _, journal in ipairs(journals) do
    if journal.IsPosted ~= 'Yes' then return journal.JournalBatchNumber end
  end
  return nil
end

local function amount_of(line)
  local credit, debit = line.CreditAmount, line.DebitAmount
  if credit ~= nil and credit ~= null and decimal(credit) ~= 0 then
    return 'credit', decimal(credit)
  end
  if debit ~= nil and debit ~= null then return 'debit', decimal(debit) end
  return 'credit', decimal(0)
end

-- The line that is there already, if it says the same; anything else there is an error.
function M.same(lines, asked)
  local line, what = lines[1], 'the reference ' .. asked.reference .. ' stands in '
  local direction, amount = amount_of(line)
  if #lines > 1 then error(what .. 'more than one line', 0) end
  if direction ~= asked.direction or amount ~= decimal(asked.amount)
      or line.CurrencyCode ~= asked.currency then
    error(what .. 'journal ' .. tostring(line.JournalBatchNumber) .. ' with ' .. direction .. ' '
      .. tostring(amount) .. ' ' .. tostring(line.CurrencyCode), 0)
  end
  return line
end

-- The line to be made. A payment is a credit on the customer, money paid back a debit.
function M.line(asked, day, vars)
  local amount = M.wanted(asked)
  local account = lookup('gl_accounts', asked.method)
  local line = {
    customer = asked.customer, day = day, currency = asked.currency, method = account.method,
    offset_type = account.type, offset = account.account,
    text = asked.text or ('PayTrace ' .. asked.reference),
    invoice = money_rules.optional(asked.invoice),
    profile = money_rules.optional(vars.posting_profile),
  }
  line[asked.direction] = amount
  return line
end

function M.result(steps, asked)
  local line = steps.line and steps.line.line or steps.same
  local _, amount = amount_of(line)
  return {
    journal = tostring(steps.line and steps.line.JournalBatchNumber or line.JournalBatchNumber),
    amount = amount:round(money.digits(asked.currency)), again = steps.line == nil,
    day = tostring(line.TransactionDate or ''):sub(1, 10),
  }
end

function M.stands(result)
  if result == nil then return nil end
  return result.amount
end

return M
