-- On which day of the books something stands: that on which the gateway says it happened, else that
-- on which its step was done. Never that of the event which began it: a run may have waited for
-- days, for a person, a retry or a system that was down.
local M = {}

-- The day in what a gateway says: '11/20/2026 10:00:00 PM' of the account's zone as PayTrace writes
-- it, or a moment of ISO 8601, whose day is that of `zone`. nil of nothing, and of what is neither.
function M.said(value, zone)
  if isnull(value) then return nil end
  local month, day, year = tostring(value):match('^(%d+)/(%d+)/(%d%d%d%d)')
  if year ~= nil then
    local text = string.format('%s-%02d-%02d', year, tonumber(month), tonumber(day))
    return pcall(date.parse, text) and text or nil
  end
  local fine, found = pcall(date.format, value, 'yyyy-MM-dd', zone)
  return fine and found or nil
end

-- The day to book on. `moment` is what effect_at() says of the step; of what was only read it is
-- when it was told.
function M.booked(value, moment, zone)
  return M.said(value, zone) or date.format(moment, 'yyyy-MM-dd', zone)
end

return M
