-- Into which day something is booked: its own, or, when the books of its period are closed, what
-- `policy` says: 'next', the first day of the next open period, or 'ask', a person. The periods are
-- in lookups/fiscal_periods.csv; months that are not there are open.
local M = {}

local function state(day)
  local found = lookup.find('fiscal_periods', day:sub(1, 7))
  return found or 'open'
end

-- {day, moved} or {problem}; `day` is like 2026-11-20.
function M.book(day, policy)
  local wanted = tostring(day):sub(1, 10)
  if state(wanted) == 'open' then return { day = wanted, moved = false } end
  if policy ~= 'next' then
    return { problem = 'the books of ' .. wanted:sub(1, 7) .. ' are closed' }
  end
  local first = wanted:sub(1, 7) .. '-01'
  for _ = 1, 24 do
    first = date.format(date.add(first, 1, 'months'), 'yyyy-MM-dd')
    if state(first) == 'open' then return { day = first, moved = true } end
  end
  return { problem = 'no period after ' .. wanted:sub(1, 7) .. ' is open' }
end

return M
