# SPDX-License-Identifier: AGPL-3.0-or-later
# apid: the description of the API is part of the program.
$(B)/apid/openapi.o: apid/openapi.yaml

# The fuzz target reads requests with apid's own parsers.
build/fuzz/bin/json_fuzz: $(wildcard apid/campaign_request.* apid/campaign_use* apid/pace_request.*)
build/fuzz/bin/import_fuzz: $(wildcard common/model/import_*.c)
