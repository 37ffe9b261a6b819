-- What the person looks at: both sides of a customer, without a card, and without the blanks of SL.
local M = {}

local function plain(row)
  local shown = {}
  for name, value in pairs(row or {}) do
    if type(value) == 'string' then value = text.trim(value) end
    if not isnull(value) and value ~= '' then shown[name] = value end
  end
  return shown
end

function M.task(asked, rows, profile)
  local found = isnull(profile) and {} or profile
  local address = not isnull(found.billing_address) and found.billing_address or nil
  return {
    why = asked.why, sl = plain(rows and rows[1]),
    paytrace = plain({ billing_address = address, email = found.email, phone = found.phone }),
  }
end

-- What the next comparison acts on; nothing when the person has mended it.
function M.word(port) return port ~= 'again' and port or '' end

return M
