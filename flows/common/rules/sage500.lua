-- What Sage 500 says and wants: numbers of documents, the reference under which a payment of
-- PayTrace stands in its books, and what became of an import through the staging tables.
local money_rules = require('rules.money')
local M = {}

M.prefix = 'PayTrace '

-- The reference in TranCmnt, and back: nil of a text that is none.
function M.reference(transaction) return M.prefix .. tostring(transaction) end

function M.transaction(reference)
  if reference == nil or reference == null then return nil end
  return tostring(reference):match('^' .. M.prefix .. '(%d+)$')
end

-- TranNo has ten digits; '42' and '0000000042-IN' name the same document. nil of anything else.
function M.tran_no(value)
  if value == nil or value == null then return nil end
  local digits = text.trim(tostring(value)):match('^(%d+)$')
    or text.trim(tostring(value)):match('^(%d+)%-%a%a$')
  if digits == nil or #digits > 10 then return nil end
  return string.rep('0', 10 - #digits) .. digits
end

-- Amounts have three digits in the tables; a third one that is zero is left out.
function M.amount(value) return money_rules.digits(value, 2) end

local function first_failure(log)
  for _, row in ipairs(log) do
    if row.status == 1 then return row end
  end
end

local function said(row)
  local place = row.column
  if place == nil or place == null then return tostring(row.comment) end
  return tostring(row.comment) .. ' (' .. tostring(place) .. ': '
    .. tostring(row.value) .. ')'
end

local returned = { [0] = 'an unknown error', [2] = 'a failure', [3] = 'a wrong parameter' }

-- 'taken', 'known' (it is in the books already) or 'refused' with why. The log decides before the
-- status: a module that is not active is a success that took nothing, and says so only there. Of an
-- import whose answer got lost the return value is not known; its row's status is.
function M.outcome(import, log)
  local failure = first_failure(log)
  if failure ~= nil then
    return { state = failure.duplicate == 1 and 'known' or 'refused', why = said(failure) }
  end
  if not isnull(import.ret) and import.ret ~= 1 then
    return { state = 'refused', why = 'the import ended with ' .. tostring(import.ret) .. ', '
      .. (returned[import.ret] or 'which is not documented') }
  elseif import.status ~= 1 then
    return { state = 'refused', why = 'the import '
      .. (import.status == 2 and 'refused it' or 'did not look at it')
      .. ', and its log does not say why' }
  end
  return { state = 'taken' }
end

return M
