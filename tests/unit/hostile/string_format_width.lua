-- expect: a width or precision has at most two digits
return ("%999999999d"):format(1)
