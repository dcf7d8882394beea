// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title GF(2^8) with x^8 + x^4 + x^3 + x^2 + 1, and the parity relation of the code (protocol §1, §7.2)
/// @notice 2 generates the multiplicative group: a product is a sum of logarithms mod 255.
library Field {
    /// @dev The power of 2 that each element is; that of 0 stands for nothing.
    bytes internal constant LOGARITHMS = hex"0000011902321ac603df33ee1b68c74b0464e00e348def811cc169f8c8084c71"
        hex"058a652fe1240f2135938edaf01282451db5c27d6a27f9b9c99a09784de472a6"
        hex"06bf8b6266dd30fde29825b31091228836d094ce8f96dbbdf1d2135c83384640"
        hex"1e42b6a3c3487e6e6b3a2854fa85ba3dca5e9b9f0a15792b4ed4e5ac73f3a757"
        hex"0770c0f78c80630d674adeed31c5fe18e3a5997726b8b47c114492d92320892e"
        hex"373fd15b95bccfcd908797b2dcfcbe61f256d3ab142a5d9e843c3953476d41a2"
        hex"1f2d43d8b77ba476c41749ec7f0c6ff66ca13b52299d55aafb6086b1bbcc3e5a"
        hex"cb595fb09ca9a0510bf516eb7a752cd74faed5e9e6e7ade874d6f4eaa85058af";

    /// @dev 2^0 … 2^254.
    bytes internal constant POWERS = hex"01020408102040801d3a74e8cd8713264c982d5ab475eac98f03060c183060c0"
        hex"9d274e9c254a94356ad4b577eec19f23468c050a142850a05dba69d2b96fdea1"
        hex"5fbe61c2992f5ebc65ca890f1e3c78f0fde7d3bb6bd6b17ffee1dfa35bb671e2"
        hex"d9af4386112244880d1a3468d0bd67ce811f3e7cf8edc7933b76ecc5973366cc"
        hex"85172e5cb86ddaa94f9e214284152a54a84d9a2952a455aa49923972e4d5b773"
        hex"e6d1bf63c6913f7efce5d7b37bf6f1ffe3dbab4b963162c495376edca557ae41"
        hex"82193264c88d070e1c3870e0dda753a651a259b279f2f9efc39b2b56ac458a09"
        hex"122448903d7af4f5f7f3fbebcb8b0b162c58b07dfae9cf831b366cd8ad478e";

    /// @notice w_q·v, with w_q = Π_{p≠q} (q ⊕ p)^−1 over the points of a relation. Over all of its points these sum to 0 for the
    /// values of every polynomial of degree < points.length − 1.
    /// @param points The points, distinct, one byte each.
    /// @param q One of them.
    /// @param value The value there.
    function term(bytes memory points, uint256 q, uint256 value) internal pure returns (uint256) {
        if (value == 0) return 0;
        bytes memory logarithms = LOGARITHMS;
        // log Π_{p≠q} (q ⊕ p), not reduced: the table has 0 for the distance of q from itself.
        uint256 divisor = 0;
        // With a check on every index this is most of what large committees pay beyond calldata.
        assembly ("memory-safe") {
            let end := add(points, mload(points))
            for { let at := points } lt(at, end) {} {
                at := add(at, 1)
                // The last byte of the word at x is the byte of the array at x; both arrays start 32 bytes on.
                let p := and(mload(at), 0xff)
                divisor := add(divisor, and(mload(add(add(logarithms, 1), xor(q, p))), 0xff))
            }
        }
        uint256 power = 255 + uint256(uint8(logarithms[value])) - divisor % 255;
        bytes memory powers = POWERS;
        return uint8(powers[power % 255]);
    }
}
