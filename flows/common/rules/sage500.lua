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

-- What one call of an import procedure gave. Of one whose answer got lost it is the probe's row.
function M.called(call) return call.out or call.row end

local function first_failure(log)
  for _, row in ipairs(log) do
    if row.Status == 1 then return row end
  end
end

local function said(row)
  local place = row.ColumnID
  if place == nil or place == null then return tostring(row.Comment) end
  return tostring(row.Comment) .. ' (' .. tostring(place) .. ': '
    .. tostring(row.ColumnValue) .. ')'
end

local returned = { [0] = 'an unknown error', [2] = 'a failure', [3] = 'a wrong parameter' }

-- 'taken', 'known' (it is in the books already) or 'refused' with why. The log decides before the
-- counts: a module that is not active is a success without a row, and says so only there.
function M.outcome(calls, log)
  local failure = first_failure(log)
  if failure ~= nil then
    return { state = failure.Duplicate == 1 and 'known' or 'refused', why = said(failure) }
  end
  if calls.ret ~= 1 then
    return { state = 'refused', why = 'the import ended with ' .. tostring(calls.ret) .. ', '
      .. (returned[calls.ret] or 'which is not documented') }
  elseif calls.failed > 0 or calls.processed < 1 then
    return { state = 'refused', why = 'the import took ' .. tostring(calls.processed)
      .. ' rows and refused ' .. tostring(calls.failed) .. ', and its log does not say why' }
  end
  return { state = 'taken' }
end

local function before(previous, count)
  return isnull(previous) and 0 or previous[count]
end

-- The calls of one session together: all rows count, the last return value holds.
function M.total(previous, call)
  local one = M.called(call)
  return {
    continue = one.continue, ret = one.ret,
    processed = before(previous, 'processed') + one.processed,
    failed = before(previous, 'failed') + one.failed,
  }
end

return M
