module sallyport.test/vm

go 1.26.0

require sallyport.test/dependency v0.0.0

replace sallyport.test/dependency => ../dependency
