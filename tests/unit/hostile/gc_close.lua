-- expect: got a non-closable value
do local x <close> = { __close = function() while true do end end } end
return 1
