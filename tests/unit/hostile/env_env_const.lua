-- compile: _ENV is not available in rules
local _ENV <const> = 1
X = 1
