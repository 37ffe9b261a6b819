-- What a settlement means to the ledger: how the lines of both sides are written alike, and what is
-- told to the ledger. Amounts are signed: a refund is below zero on both sides.
local money_rules = require('rules.money')
local paytrace = require('rules.paytrace')
local reconciled = require('rules.reconciled')
local M = {}

-- What the gateway paid out for this day.
function M.settled(transactions, day, vars)
  local lines = array()
  for _, one in ipairs(transactions) do
    if paytrace.day(one.settled) == day then
      lines[#lines + 1] = {
        transaction = tostring(one.transaction_id), amount = paytrace.amount(one, vars.currency),
        currency = vars.currency, date = day, customer = money_rules.optional(one.customer_id),
        order = money_rules.optional(one.invoice_id),
      }
    end
  end
  return lines
end

-- What was posted and is not paid out yet. A column of money may have four digits: what is in the
-- last two of them is a difference to a person, not rounded away.
function M.booked(rows, vars)
  local lines = array()
  for _, row in ipairs(rows) do
    local currency = money_rules.optional(row.new_currency) or vars.currency
    local amount = money_rules.digits(row.new_amount, money.digits(currency) or 2)
    lines[#lines + 1] = {
      transaction = tostring(row.new_paytracetransactionid),
      amount = row.new_direction == 'debit' and -amount or amount, currency = currency,
      date = tostring(row.new_paymentdate):sub(1, 10),
      customer = money_rules.optional(row.new_customerid),
      order = money_rules.optional(row.new_orderid),
    }
  end
  return lines
end

-- Counts and sums, and what is open. Of what was posted and not paid out, young lines are on their
-- way.
function M.result(compare, settled, day, vars)
  local waits, old = reconciled.waiting(compare.unmatched_right, function(line)
    return reconciled.age(line, day) < vars.grace
  end)
  return reconciled.result(compare, settled, waits, old)
end

-- Changes for the ledger, a thousand at a time.
function M.changes(matched, day)
  local chunks, chunk = array(), array()
  for _, line in ipairs(reconciled.lines(matched, 'left')) do
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

return M
