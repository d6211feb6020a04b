# apid: the description of the API is part of the program.
$(B)/apid/openapi.o: apid/openapi.yaml
