// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An operator's attestation of a headersRoot to which a header leads (protocol §4).
/// @param index The header's position under the headersRoot.
/// @param path The sibling hashes from the header's digest up, 32 bytes each.
/// @param signature The operator's compact signature (EIP-2098).
struct Attested {
    uint256 index;
    bytes path;
    bytes signature;
}
