-- expect: the scale is 0 to 76
return decimal(1):round(1000000000)
