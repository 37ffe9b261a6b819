-- What people adjust where a settlement is looked at, as lines of an entry. An amount is what the
-- books need on top: above zero it is a debit of the clearing account and a credit of the account
-- that was filled in, below zero the other way round.
local form = require('rules.form')
local money_rules = require('rules.money')
local M = {}

local function problem(at, text)
  return { problem = 'adjustment ' .. at .. ' ' .. text }
end

-- One adjustment as {account, amount, text}, or {problem}.
local function one(at, given, currency)
  local code = money_rules.optional(given.currency) or currency
  if code ~= currency then return problem(at, 'is in ' .. code .. ', not in ' .. currency) end
  local amount = decimal(given.amount)
  local exact = amount:round(money.digits(currency), 'half_up')
  if exact ~= amount then
    return problem(at, 'has more digits than ' .. currency .. ' has: ' .. tostring(given.amount))
  end
  if exact == 0 then return problem(at, 'is zero') end
  return { account = text.trim(given.account), amount = exact, text = given.reason }
end

local function size(amount) return amount < 0 and -amount or amount end

-- What is to be posted of what a person answered (`asked`; nil: nobody was asked): {list, sum,
-- total, difference, left_over}, or with {problem} why nothing is. `open` is {difference, size}:
-- what the two sides are apart in what is open, and how much is open at all. Two people have agreed
-- on that size, so no more is adjusted.
function M.plan(asked, open, currency)
  local nothing = decimal(0):round(money.digits(currency))
  local plan = { list = array(), sum = nothing, total = nothing, difference = open.difference }
  local given = form.data(asked).adjustments
  if isnull(given) then given = array() end
  for at, entry in ipairs(given) do
    local line = one(at, entry, currency)
    if line.problem then return line end
    plan.list[at], plan.sum = line, plan.sum + line.amount
    plan.total = plan.total + size(line.amount)
  end
  if plan.total > open.size then
    return { problem = 'the adjustments come to ' .. tostring(plan.total) .. ', but only '
      .. tostring(open.size) .. ' ' .. currency .. ' are open' }
  end
  plan.left_over = open.difference - plan.sum
  return plan
end

-- The reference of the entry: the same adjustments of the same settlement are the same entry,
-- however often it is started again; others are another one.
function M.reference(plan, base)
  local said = { base }
  for _, each in ipairs(plan.list) do
    said[#said + 1] = each.account .. ' ' .. tostring(each.amount) .. ' ' .. each.text
  end
  return text.cut(base, 10) .. 'A' .. hash.sha256(table.concat(said, '\n')):sub(1, 4)
end

-- Two lines of a journal for each.
function M.lines(plan, clearing)
  local lines = array()
  for _, each in ipairs(plan.list) do
    local amount = size(each.amount)
    local debit, credit = clearing, each.account
    if each.amount < 0 then debit, credit = credit, debit end
    lines[#lines + 1] = { account = debit, debit = amount, text = each.text }
    lines[#lines + 1] = { account = credit, credit = amount, text = each.text }
  end
  return lines
end

-- One line for each, with the other account and its type beside it.
function M.offset(plan, clearing, type)
  local lines = array()
  for at, each in ipairs(plan.list) do
    local line = { account = each.account, offset = clearing, offset_type = type, text = each.text }
    line[each.amount < 0 and 'debit' or 'credit'] = size(each.amount)
    lines[at] = line
  end
  return lines
end

return M
