-- What PayTrace says, for ledgers: why something was refused and where a transaction stands. Names
-- and codes are those of the JSON API v1.
local M = {}

-- The days in which a lost answer is looked for. They do not change when a step is done again.
function M.search_from(at) return date.format(date.add(at, -1, 'days'), 'MM/dd/yyyy') end
function M.search_to(at) return date.format(date.add(at, 30, 'days'), 'MM/dd/yyyy') end

local function has(text, ...)
  for _, part in ipairs({ ... }) do
    if text:find(part, 1, true) then return true end
  end
  return false
end

-- A code of PayTrace in front of its text: '30: ...', but not '430: ...'.
local function is_code(text, code) return text:find('%f[%w]' .. code .. ':%f[%s\0]') ~= nil end

-- Why a payment did not come about, from the error of the step: {kind, text, retry}. `retry` says
-- whether the same card may be asked again on another day; one that expired needs a person first.
function M.refusal(failure)
  local text = tostring(failure.text or '')
  local low = text:lower()
  if failure.kind ~= 'invalid' then
    return { kind = 'unknown', text = text, retry = false }
  elseif has(low, 'expired card') then
    return { kind = 'expired', text = text, retry = false }
  elseif is_code(low, '102') or has(low, 'not approved', 'decline') then
    return { kind = 'declined', text = text, retry = true }
  elseif is_code(low, '103') then
    return { kind = 'address', text = text, retry = false }
  elseif is_code(low, '30') or has(low, 'customer id provided was not found') then
    return { kind = 'no_card', text = text, retry = false }
  end
  return { kind = 'refused', text = text, retry = false }
end

-- 'SALE', 'REFUND', 'VOID' ... of an exported transaction; a settled one has a moment in `settled`.
function M.is_settled(transaction)
  local settled = transaction.settled
  return settled ~= nil and settled ~= null and settled ~= ''
end

-- The amount of a transaction, below zero when it was given back. It is never rounded: what has
-- more digits than its currency is a question.
function M.amount(transaction, currency)
  local given = decimal(transaction.amount)
  local amount = given:round(money.digits(currency), 'half_up')
  if amount ~= given then
    error('transaction ' .. tostring(transaction.transaction_id) .. ' has more digits than '
      .. currency .. ' has: ' .. tostring(transaction.amount), 0)
  end
  local back = tostring(transaction.transaction_type):upper():find('REFUND', 1, true)
  return back and -amount or amount
end

return M
