-- result: nil
local f = ipairs({})
return (f({}, math.maxinteger))
