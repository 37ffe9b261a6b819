-- compile: are taken
local __same = function() return true end
return 1 == 2
