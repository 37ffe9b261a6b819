-- expect: outside of the years 2 to 9997
return date.fiscal("9998-01-01", { weeks = "4-4-5" })
