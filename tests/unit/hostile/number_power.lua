-- expect: number out of range
return decimal("9.999999999999999999") ^ 1000
