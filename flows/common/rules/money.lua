-- Amounts that are charged or booked: exact, above zero, in the currency that is expected and with
-- no more digits than it has. What is wrong is an error whose text people read: it names the value
-- and what would be right.
local M = {}

-- A text that may be absent, empty or null: nil then.
function M.optional(value)
  if value == nil or value == null or value == '' then return nil end
  return tostring(value)
end

-- A code of ISO 4217.
function M.currency(value)
  local code = M.optional(value)
  if code == nil then error('the currency is missing', 0) end
  if money.digits(code) == nil then
    error('the currency must be a code of ISO 4217 such as USD, not ' .. code, 0)
  end
  return code
end

-- The amount with the digits of its currency. It is never rounded: half a cent is a question.
function M.amount(value, currency)
  local code = M.currency(currency)
  if M.optional(value) == nil then error('the amount is missing', 0) end
  local given, digits = decimal(value), money.digits(code)
  local exact = given:round(digits, 'half_up')
  if exact ~= given then
    error('the amount ' .. tostring(value) .. ' has more digits than ' .. code .. ' has', 0)
  end
  if exact <= 0 then error('the amount must be above zero, not ' .. tostring(value), 0) end
  return exact
end

-- An amount of a ledger, with so many digits where that loses nothing. What has more keeps them: it
-- then differs where it is compared, and is never made to agree by rounding.
function M.digits(value, digits)
  local given = decimal(value)
  local fit = given:round(digits, 'half_up')
  return fit == given and fit or given
end

-- An amount in one currency only: that of the merchant account.
function M.amount_in(value, currency, expected)
  local code = M.currency(currency)
  if code ~= expected then
    error('the currency is ' .. code .. ', but the merchant account takes ' .. expected, 0)
  end
  return M.amount(value, code)
end

-- The same without an error: {amount} or {problem}.
function M.check(value, currency, expected)
  local fine, result = pcall(M.amount_in, value, currency, expected)
  if fine then return { amount = result } end
  return { problem = tostring(result) }
end

-- What came of a payment: 'full', 'part' or 'over' of what is open.
function M.coverage(amount, open)
  local left = decimal(open) - decimal(amount)
  if left == 0 then return 'full' end
  return left > 0 and 'part' or 'over'
end

return M
