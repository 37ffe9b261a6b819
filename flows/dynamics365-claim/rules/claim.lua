-- Whether a row of Dynamics 365 bears the mark of who takes it. An answer that got lost is asked
-- for again, and then the version is not the one that was read: by the mark the flow knows itself.
local M = {}

-- The columns of the mark, in their order.
function M.columns(mark)
  local names = array()
  for name in pairs(mark) do names[#names + 1] = name end
  table.sort(names)
  return names
end

function M.bears(row, mark)
  for name, value in pairs(mark) do
    if row[name] ~= value then return false end
  end
  return true
end

return M
