-- What a settlement means to the ledger: how the lines of both sides are written alike, and what is
-- told to the ledger. Amounts are signed: a refund is below zero on both sides.
local days = require('rules.days')
local money_rules = require('rules.money')
local paged = require('rules.paged')
local paytrace = require('rules.paytrace')
local reconciled = require('rules.reconciled')
local M = {}

-- What the gateway paid out for this day, of a page of its transactions.
function M.settled(transactions, day, vars)
  local lines = array()
  for _, one in ipairs(transactions) do
    if days.said(one.settled) == day then
      lines[#lines + 1] = {
        transaction = tostring(one.transaction_id), amount = paytrace.amount(one, vars.currency),
        currency = vars.currency, date = day, customer = money_rules.optional(one.customer_id),
        order = money_rules.optional(one.invoice_id),
      }
    end
  end
  return lines
end

-- What was posted. A column of money may have four digits: what is in the last two of them is a
-- difference to a person, not rounded away.
function M.booked(rows, vars)
  local lines = array()
  for _, row in ipairs(rows) do
    local currency = money_rules.optional(row.new_currency) or vars.currency
    local amount = money_rules.digits(row.new_amount, money.digits(currency) or 2)
    local marked = money_rules.optional(row.new_settlementdate)
    lines[#lines + 1] = {
      transaction = tostring(row.new_paytracetransactionid),
      amount = row.new_direction == 'debit' and -amount or amount, currency = currency,
      date = tostring(row.new_paymentdate):sub(1, 10),
      customer = money_rules.optional(row.new_customerid),
      order = money_rules.optional(row.new_orderid), marked = marked and marked:sub(1, 10),
    }
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

-- Of what was posted and not paid out, young lines are on their way.
local function young(line, day, vars) return reconciled.age(line, day) < vars.grace end

-- A page of what was posted and is not paid out.
function M.rest(previous, answer, pages, day, vars)
  return paged.rest(previous, M.booked(answer.items, vars), pages, answer.next, function(line)
    return young(line, day, vars)
  end)
end

-- Counts and sums, what is open, and what was paid out.
function M.result(compare, settled, rest, day, vars)
  local waits, old = reconciled.waiting(compare.unmatched_right, function(line)
    return young(line, day, vars)
  end)
  local result = reconciled.result(compare, settled, vars.currency, waits, old, rest)
  result.settlement = paged.statement(settled, vars)
  return result
end

-- Changes for the ledger, a thousand at a time; what is marked already needs none.
function M.changes(matched, day)
  local changes = array()
  for _, entry in ipairs(matched) do
    local line = reconciled.lines({ entry }, 'left')[1]
    if reconciled.lines({ entry }, 'right')[1].marked ~= day then
      changes[#changes + 1] = { ['do'] = 'upsert', table = 'new_payments',
        key = { new_paytracetransactionid = line.transaction }, row = { new_settlementdate = day } }
    end
  end
  return paged.chunks(changes, 1000)
end

return M
