-- expect: 'setmetatable' is not available in rules
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 1e9 do weak[{}] = i end
