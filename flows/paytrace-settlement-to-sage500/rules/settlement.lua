-- A day that PayTrace settled against the books of Sage 500: how lines of both sides are
-- written alike, and what of them is open. Amounts are signed: what was given back is below zero.
local money_rules = require('rules.money')
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

local function by_id(transactions)
  local known = {}
  for _, row in ipairs(transactions) do known[tostring(row.transaction_id)] = row end
  return known
end

-- What PayTrace paid out for the day.
function M.settled(transactions, day, vars)
  local lines = array()
  for _, row in ipairs(transactions) do
    if money_moved(row) and paytrace.day(row.settled) == day then
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

local function all(given)
  if given.more then
    error('there are more than ' .. tostring(given.count) .. ' documents since the day that is '
      .. 'looked back to: lower vars.look_back', 0)
  end
  return given.rows
end

-- Documents of the books whose transaction is not among those of the days that were asked for.
function M.strangers(receipts, reversals, transactions)
  local known, strangers = by_id(transactions), array()
  for _, list in ipairs({ all(receipts), all(reversals) }) do
    for _, row in ipairs(list) do
      local id = sage.transaction(row.TranCmnt)
      if id ~= nil and known[id] == nil then strangers[#strangers + 1] = decimal(id):int() end
    end
  end
  return strangers
end

local function line(row, amount, known, day)
  local id = sage.transaction(row.TranCmnt)
  local at = known[id]
  local state = 'unknown'
  if at ~= nil then state = paytrace.is_settled(at) and 'settled' or 'on its way' end
  if at ~= nil and not money_moved(at) then state = 'taken back' end
  if state == 'settled' and paytrace.day(at.settled) ~= day then return nil end
  return {
    transaction = id, amount = amount, currency = row.CurrID,
    date = tostring(row.TranDate):sub(1, 10), customer = row.CustID,
    order = money_rules.optional(row.InvoiceNo), document = row.TranNo, state = state,
  }
end

-- A receipt whose void is in the books, too, moved no money.
local function voids(reversals)
  local voided = {}
  for _, row in ipairs(reversals.rows) do
    local id = tostring(row.TranCmnt):match('^' .. sage.prefix .. '(%d+)%-V$')
    if id ~= nil then voided[id] = true end
  end
  return voided
end

-- What the books have of this day: what was settled on another one is left out. `found` are the
-- strangers, asked for one by one.
function M.booked(receipts, reversals, transactions, found, day)
  local known, lines = by_id(transactions), array()
  for _, one in ipairs(found) do
    if not isnull(one.transaction) then
      known[tostring(one.transaction.transaction_id)] = one.transaction
    end
  end
  local voided = voids(reversals)
  for _, row in ipairs(receipts.rows) do
    local id = sage.transaction(row.TranCmnt)
    if id ~= nil and not voided[id] then
      lines[#lines + 1] = line(row, sage.amount(row.TranAmt), known, day)
    end
  end
  for _, row in ipairs(reversals.rows) do
    if sage.transaction(row.TranCmnt) ~= nil then
      local amount = sage.amount(row.TranAmt)
      lines[#lines + 1] = line(row, amount > 0 and -amount or amount, known, day)
    end
  end
  return lines
end

-- Counts and sums, and what is open. Of what is in the books and was not paid out, young lines are
-- on their way, all others are open.
function M.result(compare, settled, day, vars)
  local waits, old = reconciled.waiting(compare.unmatched_right, function(one)
    return one.state == 'on its way' and reconciled.age(one, day) < vars.grace
  end)
  return reconciled.result(compare, settled, waits, old)
end

function M.letter(steps, vars)
  local result, day = steps.result, steps.day.day
  return {
    what = 'PayTrace settled ' .. tostring(result.settled.sum) .. ' ' .. vars.currency .. ' on '
      .. day,
    details = 'To be deposited: ' .. tostring(result.settled.sum) .. ' ' .. vars.currency .. ' of '
      .. result.settled.count .. ' transactions.\nIn the books of ' .. vars.company .. ': '
      .. result.matched.count .. ', ' .. tostring(result.matched.sum) .. '.\nOn their way: '
      .. result.waiting.count .. ', ' .. tostring(result.waiting.sum) .. '.\nNot agreeing: '
      .. result.open .. ', ' .. tostring(result.open_sum)
      .. (result.open > 0 and '. A task waits in the review queue.' or '.'),
  }
end

return M
