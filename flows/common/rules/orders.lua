-- Names of orders, which systems bear with or without the shop's prefix: '#1001', '1001'.
local M = {}

-- The name without its prefix; nil of nothing and of what is no name. What is left has no quotes or
-- blanks, so that it can be looked for.
function M.number(name, prefix)
  if isnull(name) then return nil end
  local plain = text.trim(tostring(name))
  if prefix ~= '' and plain:sub(1, #prefix) == prefix then plain = plain:sub(#prefix + 1) end
  if not plain:find('^[%w][%w%-_./]*$') then return nil end
  return plain
end

-- The name as the shop says it, or nil.
function M.name(name, prefix)
  local plain = M.number(name, prefix)
  return plain and prefix .. plain
end

return M
