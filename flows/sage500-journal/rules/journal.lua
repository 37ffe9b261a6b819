-- One journal of the general ledger of Sage 500: what a person is asked to enter, and whether the
-- ledger then says the same. A line is {account, debit or credit, text}; in the ledger a debit is
-- above zero and a credit below.
local periods = require('rules.periods')
local sage = require('rules.sage500')
local M = {}

local function signed(line)
  if line.debit ~= nil then return decimal(line.debit) end
  return -decimal(line.credit)
end

function M.debits(lines)
  local total = decimal('0.00')
  for _, line in ipairs(lines) do total = total + decimal(line.debit or 0) end
  return total
end

local function balance(lines)
  local total = decimal('0.00')
  for at, line in ipairs(lines) do
    if (line.debit == nil) == (line.credit == nil) then
      error('line ' .. at .. ' must have a debit or a credit', 0)
    end
    total = total + signed(line)
  end
  return total
end

-- The comment that the lines must bear, and what is to be entered, in words.
function M.plan(asked, vars)
  local off, found = balance(asked.lines), periods.book(asked.day, vars.closed_period)
  local said = array()
  if off ~= 0 then error('the entry is out of balance by ' .. tostring(off), 0) end
  for at, line in ipairs(asked.lines) do
    said[at] = line.account .. ' ' .. (line.debit and 'debit ' or 'credit ')
      .. tostring(line.debit or line.credit) .. ' ' .. asked.currency .. ': ' .. (line.text or '')
  end
  local day = found.day or 'a day of an open period, for ' .. found.problem
  return {
    comment = sage.prefix .. asked.reference,
    title = 'Journal ' .. asked.reference .. ' of ' .. tostring(M.debits(asked.lines)) .. ' '
      .. asked.currency .. ' is to be entered',
    advice = 'Enter a general journal (batch type 301) on ' .. day
      .. '. The posting comment of each line must be: ' .. sage.prefix .. asked.reference .. '\n'
      .. table.concat(said, '\n'),
  }
end

-- Sums of accounts, from whatever gives an account and an amount.
local function by_account(list, of)
  local sums = {}
  for _, one in ipairs(list) do
    local account, amount = of(one)
    sums[account] = (sums[account] or decimal('0.00')) + amount
  end
  return sums
end

-- {journal, debits}, or {problem} when an account has another sum than was asked for.
function M.verify(steps, asked)
  local rows = (steps.look or steps.entered or steps.known).rows
  local what = 'the journal with the comment ' .. steps.plan.comment .. ' has '
  if #rows == 0 then
    return { problem = 'no posted journal has the comment ' .. steps.plan.comment }
  end
  local wanted = by_account(asked.lines, function(line) return line.account, signed(line) end)
  local there = by_account(rows, function(row)
    return text.trim(row.GLAcctNo), sage.amount(row.PostAmt)
  end)
  for _, row in ipairs(rows) do
    if row.CurrID ~= asked.currency then
      return { problem = what .. 'a line in ' .. tostring(row.CurrID) }
    end
  end
  local debits = decimal('0.00')
  for _, line in ipairs(asked.lines) do
    local amount = there[line.account] or decimal('0.00')
    if amount ~= wanted[line.account] then
      return { problem = what .. tostring(amount) .. ' on account ' .. line.account .. ', not '
        .. tostring(wanted[line.account]) }
    end
  end
  for _, row in ipairs(rows) do
    local account, amount = text.trim(row.GLAcctNo), sage.amount(row.PostAmt)
    if wanted[account] == nil then return { problem = what .. 'a line on account ' .. account } end
    if amount > 0 then debits = debits + amount end
  end
  return { journal = rows[1].TranNo, debits = debits }
end

return M
