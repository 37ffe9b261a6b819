-- expect: stopped
local big = ("x"):rep(1000000)
return (("a"):rep(100)):gsub("a", { a = big })
