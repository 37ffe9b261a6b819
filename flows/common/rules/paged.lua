-- Settlements of any length: what the gateway paid out comes page by page, each page is compared
-- with what the books have of it (transform.reconcile), and this joins what comes of the pages:
-- every line that does not agree, and of a long day one line of each page for all that does. One
-- more comparison takes both lists, so that its totals are those of all lines and people see one
-- settlement. What was joined before is never changed, for a page may be joined again.
local money_rules = require('rules.money')
local reconciled = require('rules.reconciled')
local M = {}

-- Up to so many lines of a day are shown one by one also when they agree.
local short = 1000

local function zero() return decimal('0.00') end

local function all_of(...)
  local all = array()
  for _, list in ipairs({ ... }) do
    for _, line in ipairs(list) do all[#all + 1] = line end
  end
  return all
end

-- What agrees on this page, in each currency, behind those of the pages before.
local function agreed(before, totals, index)
  local agree = all_of(before)
  for _, total in ipairs(totals) do
    local count = total.left.matched.count
    if count > 0 then
      local digits = money.digits(total.currency) or 2 -- a line that differs may have had more
      agree[#agree + 1] = { page = 'page ' .. index, lines = count, currency = total.currency,
        left = money_rules.digits(total.left.matched.sum, digits),
        right = money_rules.digits(total.right.matched.sum, digits) }
    end
  end
  return agree
end

-- Lines that agree, as long as the day is short; nil of a long one.
local function whole(all, count, matched)
  if all.whole == nil or count > short then return nil end
  return { left = all_of(all.whole.left, reconciled.lines(matched, 'left')),
    right = all_of(all.whole.right, reconciled.lines(matched, 'right')) }
end

local nothing = { totals = array(), matched = array(), differences = array(),
  unmatched_left = array(), unmatched_right = array() }

-- A page together with those before it. `lines` are the gateway's lines on it, `compared` is what
-- came of their comparison (nil of a page that has none), `next` what leads to the next page.
function M.joined(previous, lines, compared, index, next)
  local part = compared or nothing
  local all = isnull(previous) and { count = 0, sales = zero(), refunds = zero(),
    agree = array(), left = array(), right = array(),
    whole = { left = array(), right = array() } } or previous
  local sales, refunds = all.sales, all.refunds
  for _, line in ipairs(lines) do
    if line.amount < 0 then refunds = refunds - line.amount else sales = sales + line.amount end
  end
  local count = all.count + #lines
  return {
    next = next, count = count, sales = sales, refunds = refunds,
    agree = agreed(all.agree, part.totals, index), whole = whole(all, count, part.matched),
    left = all_of(all.left, reconciled.lines(part.differences, 'left'),
      reconciled.lines(part.unmatched_left)),
    right = all_of(all.right, reconciled.lines(part.differences, 'right'),
      reconciled.lines(part.unmatched_right)),
  }
end

-- More lines than a person can explain: then something is wrong as a whole. `books` are lines that
-- are only in the books.
function M.too_many(pages, most, books)
  if isnull(pages) then return false end
  return #pages.left + #pages.right + (isnull(books) and 0 or #books) > most
end

local function likeness(line, member)
  local text_of = line[member]
  if isnull(text_of) or text_of == '' then return nil end
  return member .. tostring(line.amount) .. text.upper(text_of):gsub('%W', '')
end

local likely = { 'order', 'customer' }

-- Lines that no page has brought, a page of the books together with those before it. `young` says
-- which of them are on their way: they are counted, but for those that a line of the gateway may be
-- meant with.
function M.rest(previous, lines, pages, next, young)
  local all = isnull(previous) and { count = 0, sum = zero(), lines = array() } or previous
  local known, alike, open = {}, {}, array()
  for _, line in ipairs(pages.right) do known[line.transaction] = true end
  for _, line in ipairs(pages.left) do
    for _, member in ipairs(likely) do
      local key = likeness(line, member)
      if key ~= nil then alike[key] = true end
    end
  end
  local count, sum = all.count, all.sum
  for _, line in ipairs(lines) do
    if not known[line.transaction] then
      local is_open = not young(line)
      for _, member in ipairs(likely) do
        is_open = is_open or alike[likeness(line, member) or 0]
      end
      if is_open then
        open[#open + 1] = line
      else
        count, sum = count + 1, sum + line.amount
      end
    end
  end
  return { next = next, count = count, sum = sum, lines = all_of(all.lines, open) }
end

local function at_of(place) return isnull(place.next) and 0 or place.next.at end

-- Lines of one file that are looked for in the pages of others, which come to `files`: from the
-- place `start` on to their end, and around to there again. `from` is where this page begins,
-- {file, next}; `found` has what stands on it, by what the lines have in `member`. What is left,
-- where the next page begins, and whether there is nothing more to do; `place` is where who looks
-- next begins, for files are about in the same order.
function M.sought(lines, member, found, from, start, page, files)
  local left, place = array(), { file = from.file, next = page.next }
  for _, line in ipairs(lines) do
    if not found[line[member]] then left[#left + 1] = line end
  end
  if page.last then place = { file = from.file % files + 1 } end
  local around = place.file == start.file and at_of(place) == at_of(start)
  return { lines = left, done = #left == 0 or around, file = place.file, next = place.next,
    place = { file = from.file, next = from.next } }
end

-- The day: its sums, and both sides as lists. `books` are lines that are only in the books.
function M.settled(pages, books)
  local left, right = array(), array()
  if pages.whole ~= nil then
    left, right = pages.whole.left, pages.whole.right
  else
    for at, page in ipairs(pages.agree) do
      left[at] = { page = page.page, lines = page.lines, amount = page.left,
        currency = page.currency }
      right[at] = { page = page.page, lines = page.lines, amount = page.right,
        currency = page.currency }
    end
  end
  return { count = pages.count, sales = pages.sales, refunds = pages.refunds,
    sum = pages.sales - pages.refunds, left = all_of(left, pages.left),
    right = all_of(right, pages.right, isnull(books) and array() or books) }
end

-- What was paid out and what it was made of, for who looks at the settlement; `net` where the
-- gateway says a sum of its own.
function M.statement(settled, vars, net)
  return { currency = vars.currency, net = net or settled.sales - settled.refunds,
    parts = array{ { name = 'sales', amount = settled.sales },
      { name = 'refunds', amount = -settled.refunds } } }
end

-- So many of a list at a time.
function M.chunks(list, size)
  local chunks, chunk = array(), array()
  for _, one in ipairs(list) do
    chunk[#chunk + 1] = one
    if #chunk == size then
      chunks[#chunks + 1] = chunk
      chunk = array()
    end
  end
  if #chunk > 0 then chunks[#chunks + 1] = chunk end
  return chunks
end

-- The numbers of lines, for filters: what stands in the member of each.
function M.numbers(lines, member)
  local numbers = array()
  for at, line in ipairs(lines) do numbers[at] = line[member] end
  return numbers
end

return M
