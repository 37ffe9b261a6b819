-- expect: contain themselves
local a, b = {}, {}
a.x, b.x = a, b
return equal(a, b)
