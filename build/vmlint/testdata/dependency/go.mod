module sallyport.test/dependency

go 1.26.0
