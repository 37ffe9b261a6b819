-- A customer who is kept in two systems. Both are brought to one form, and the digest of what they
-- agreed on last says which of them changed since: that is the side that is taken over. What one
-- system writes into the other is the digest's own, so it comes back as no change.
local M = {}

M.fields = { 'name', 'email', 'phone', 'street', 'street2', 'city', 'state', 'zip', 'country' }
local countries = { ['UNITED STATES'] = 'US', ['USA'] = 'US', ['U.S.A.'] = 'US', ['CANADA'] = 'CA' }

local function clean(value)
  if value == nil or value == null then return nil end
  local plain = text.clean(text.trim(tostring(value)))
  if plain == '' then return nil end
  return plain
end

-- The same whatever system it comes from: states and countries are codes, e-mail has no capitals.
function M.canonical(given)
  local one = {}
  for _, name in ipairs(M.fields) do one[name] = clean(given[name]) end
  if one.email ~= nil then one.email = text.lower(one.email) end
  if one.country ~= nil then
    local upper = text.upper(one.country)
    one.country = countries[upper] or upper
  end
  if one.state ~= nil then one.state = text.state(one.state) or text.upper(one.state) end
  return one
end

function M.digest(canonical)
  return text.cut(hash.sha256(json.encode(canonical)), 32)
end

-- 'same', 'stamp' (they agree, and nobody wrote that down), 'to_left', 'to_right', or 'conflict'.
-- `last` is the digest of the last time; `first` says who is right the first time.
function M.decide(left, right, last, first)
  local l, r = M.digest(left), M.digest(right)
  if l == r then return last == l and 'same' or 'stamp' end
  if last == nil or last == null or last == '' then
    return first == 'left' and 'to_right' or 'to_left'
  end
  if r == last then return 'to_right' end
  if l == last then return 'to_left' end
  return 'conflict'
end

-- The fields of `to` that differ from `from`, with what they become; null: nothing any more.
function M.changes(from, to)
  local changes = {}
  for _, name in ipairs(M.fields) do
    if from[name] ~= to[name] then
      if from[name] == nil then changes[name] = null else changes[name] = from[name] end
    end
  end
  return changes
end

-- Values that a system has no room for: {'name has 61 characters, at most 50 fit'}.
function M.too_long(canonical, limits)
  local problems = array()
  for _, name in ipairs(M.fields) do
    local value, most = canonical[name], limits[name]
    if value ~= nil and most ~= nil and text.len(value) > most then
      problems[#problems + 1] = name .. ' has ' .. text.len(value) .. ' characters, at most '
        .. most .. ' fit'
    end
  end
  return problems
end

return M
