-- result: "--a == b"
local s = [==[--a == b]==]
return s
