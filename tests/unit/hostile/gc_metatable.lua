-- expect: 'setmetatable' is not available in rules
local t = setmetatable({}, { __gc = function() while true do end end })
return t
