-- expect: is infinite
return -1 / 0
