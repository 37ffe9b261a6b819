-- expect: no member
local s = "x"
s.upper = function() end
return s.owned
