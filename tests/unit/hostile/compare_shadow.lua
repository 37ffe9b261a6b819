-- result: [true,false]
local equal, type, trigger, ipairs = 1, 2, 3, 4
return { trigger == 3, decimal(1) ~= 1 }
