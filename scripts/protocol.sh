#!/usr/bin/env bash
# Generates Swift from marketstore.proto, with the plugins of the packages that the program links.
set -euo pipefail
cd "$(dirname "$0")/.."
export TICKGATE_GRPC=1
folder=Sources/MarketStoreGRPC/Protocol
plugins=.build/debug
for plugin in protoc-gen-swift protoc-gen-grpc-swift-2; do swift build --product "$plugin"; done
protoc --proto_path="$folder" \
    --plugin=protoc-gen-swift="$plugins/protoc-gen-swift" \
    --swift_out="$folder" --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true \
    --plugin=protoc-gen-grpc-swift-2="$plugins/protoc-gen-grpc-swift-2" \
    --grpc-swift-2_out="$folder" --grpc-swift-2_opt=Visibility=Internal,Client=false,UseAccessLevelOnImports=true \
    marketstore.proto
