-- What a poll asks for of a system that can only be asked by days. The window begins where the last
-- poll that succeeded ended, however long ago that is, and `back` days earlier, for what is entered
-- late; the poll's `id` knows what comes again. It has at most `step` days at once, so that after
-- weeks an answer is as small as ever: what is left comes with the next polls.
local M = {}

local step = 3

-- `cursor` is what the poll before gave as `next`; null: the first one begins `back` days ago.
-- Days are of the account's time zone, which need not be ours: the window has one more at its end.
function M.of(cursor, back)
  local last = now()
  if not isnull(cursor) then last = math.min(last, date.parse(cursor)) end
  local next = math.min(now(), date.add(last, step, 'days'))
  local from, to = date.add(last, -back, 'days'), date.add(next, 1, 'days')
  return {
    from = date.iso(from), to = date.iso(next), next = date.iso(next),
    start_date = date.format(from, 'MM/dd/yyyy'), end_date = date.format(to, 'MM/dd/yyyy'),
  }
end

return M
