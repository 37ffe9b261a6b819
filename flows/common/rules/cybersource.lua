-- What Cybersource says, for ledgers and shops: why something was refused, and what its
-- notifications decide. Names are those of the REST API; what a notification's payload holds
-- differs by product.
local M = {}

local reasons = {
  EXPIRED_CARD = 'expired', INSUFFICIENT_FUND = 'funds', EXCEEDS_CREDIT_LIMIT = 'funds',
  PROCESSOR_DECLINED = 'declined', GENERAL_DECLINE = 'declined', PAYMENT_REFUSED = 'declined',
  STOLEN_LOST_CARD = 'blocked', BLOCKED_BY_CARDHOLDER = 'blocked', SUSPENDED_ACCOUNT = 'blocked',
  BLACKLISTED_CUSTOMER = 'risk', DECISION_PROFILE_REJECT = 'risk', SCORE_EXCEEDS_THRESHOLD = 'risk',
  CUSTOMER_WATCHLIST_MATCH = 'risk', AVS_FAILED = 'address', CV_FAILED = 'address',
  INVALID_ACCOUNT = 'no_card', UNAUTHORIZED_CARD = 'no_card', INVALID_PAYMENT_ID = 'no_card',
  CONSUMER_AUTHENTICATION_REQUIRED = 'authentication', PENDING_AUTHENTICATION = 'authentication',
  AUTH_ALREADY_REVERSED = 'gone', MISSING_AUTH = 'gone', EXCEEDS_AUTH_AMOUNT = 'gone',
}

-- Whether the same card may be asked again on another day.
local again = { funds = true, declined = true }

-- Why a payment did not come about, from the error of the step: {kind, reason, text, retry}.
function M.refusal(failure)
  local said = tostring(failure.text or '')
  if failure.kind ~= 'invalid' then return { kind = 'unknown', text = said, retry = false } end
  for name in said:gmatch('[A-Z][A-Z_]+[A-Z]') do
    local kind = reasons[name]
    if kind then
      return { kind = kind, reason = name, text = said, retry = again[kind] or false }
    end
  end
  return { kind = 'refused', text = said, retry = false }
end

-- The ids that a notification is about: one for each entry of its payload, by the first of `fields`
-- that the entry has.
function M.ids(body, fields)
  local ids = array()
  local payload = body.payload
  if type(payload) ~= 'table' then return ids end
  if payload.data ~= nil then payload = { payload } end
  for _, entry in ipairs(payload) do
    local data = type(entry.data) == 'table' and entry.data or entry
    for _, name in ipairs(fields) do
      local id = data[name]
      if id ~= nil and id ~= null and id ~= '' then
        ids[#ids + 1] = tostring(id)
        break
      end
    end
  end
  return ids
end

return M
